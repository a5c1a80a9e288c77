#include "base/text_decoding.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

struct Escape {
  std::size_t size = 0;  // bytes that encode the letter; 0: not an escape
  std::uint32_t code = 0;
  bool is_byte = false;  // `code` is a byte of the text, not a character
};

std::optional<std::uint32_t> number(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

Escape percent(std::string_view text) {
  if (text.size() < 3) return {};
  const auto byte = number(text.substr(1, 2), 16);
  return byte ? Escape{3, *byte, true} : Escape{};
}

Escape backslash(std::string_view text) {
  if (text.size() < 2) return {};
  const bool wide = text[1] == 'u' && text.size() >= 6;
  if (wide || (text[1] == 'x' && text.size() >= 4)) {
    const std::size_t digits = wide ? 4 : 2;
    const auto code = number(text.substr(2, digits), 16);
    return code ? Escape{2 + digits, *code, !wide} : Escape{};
  }
  constexpr std::string_view kNames = "nrtbf";
  constexpr std::string_view kLetters = "\n\r\t\b\f";
  const std::size_t name = kNames.find(text[1]);
  const char letter = name == std::string_view::npos ? text[1] : kLetters[name];
  return {2, static_cast<unsigned char>(letter), true};
}

Escape entity(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kNames{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  for (const auto& [name, letter] : kNames) {
    if (text.starts_with(name)) return {name.size(), static_cast<unsigned char>(letter), true};
  }
  constexpr std::size_t kLongest = 10;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return {};
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::size_t from = hex ? 3 : 2;
  if (end <= from) return {};
  const auto code = number(text.substr(from, end - from), hex ? 16 : 10);
  return code ? Escape{end + 1, *code, false} : Escape{};
}

Escape escape_at(std::string_view text) {
  switch (text.front()) {
    case '%':
      return percent(text);
    case '\\':
      return backslash(text);
    case '&':
      return entity(text);
    default:
      return {};
  }
}

void append(DecodedText& to, const Escape& escape, std::size_t origin) {
  if (escape.is_byte) {
    to.text += static_cast<char>(escape.code);
  } else {
    append_utf8(to.text, escape.code);
  }
  to.origin.resize(to.text.size(), origin);
}

}  // namespace

bool decode_escapes(DecodedText& text) {
  if (text.text.find_first_of("%\\&") == std::string::npos) return false;
  DecodedText result;
  result.text.reserve(text.text.size());
  result.origin.reserve(text.text.size() + 1);
  const std::string_view all = text.text;
  for (std::size_t at = 0; at < all.size();) {
    const Escape escape = escape_at(all.substr(at));
    if (escape.size == 0) {
      result.text += all[at];
      result.origin.push_back(text.origin_of(at));
      ++at;
      continue;
    }
    append(result, escape, text.origin_of(at));
    at += escape.size;
  }
  result.origin.push_back(text.origin_of(all.size()));
  if (result.text.size() == text.text.size()) return false;
  text = std::move(result);
  return true;
}

}  // namespace defenderd
