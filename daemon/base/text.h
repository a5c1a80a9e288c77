#pragma once
// Small helpers for text: ASCII case, trimming, and the nearest word for "did you mean".

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace defenderd {

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view trim(std::string_view text);

// True for well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_valid_utf8(std::string_view text);

// Replaces control characters and malformed UTF-8, and cuts at `max_bytes` (at a character
// boundary, marked with "..."), so that text from outside cannot forge a log line.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 512);

// True if printable() replaces nothing in it.
[[nodiscard]] bool is_printable(std::string_view text);

// Number of insertions, deletions, substitutions and swaps of neighbors, ignoring ASCII case.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// Appends a code point, which must be one of Unicode's.
void append_utf8(std::string& text, std::uint32_t code_point);

// The value of an enum whose to_text() is `text`.
template <class Values>
[[nodiscard]] auto find_by_text(const Values& values, std::string_view text)
    -> std::optional<typename Values::value_type> {
  const auto found = std::find_if(std::begin(values), std::end(values),
                                  [&](auto value) { return to_text(value) == text; });
  if (found == std::end(values)) return std::nullopt;
  return *found;
}

// The candidate nearest to `word`, or "" if none is near enough to be a typo.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace defenderd
