#pragma once
// Classes of ASCII letters, the same in every locale.

#include <cstddef>
#include <string_view>

namespace defenderd {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }

inline constexpr std::string_view kHexDigits = "0123456789abcdef";
// The value of a hexadecimal digit in either case, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

// The end of the letters from `at` on, and the start of those before it, for which is() is true.
template <class Is>
constexpr std::size_t end_of_run(std::string_view text, std::size_t at, Is is) {
  while (at < text.size() && is(text[at])) ++at;
  return at;
}
template <class Is>
constexpr std::size_t begin_of_run(std::string_view text, std::size_t at, Is is) {
  while (at > 0 && is(text[at - 1])) --at;
  return at;
}

}  // namespace defenderd
