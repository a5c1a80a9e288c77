#include "base/text_decoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/letters.h"
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

// The bytes of the character that the text begins with, if it is not seen; else 0. In UTF-8,
// because decode_escapes() writes that: U+00AD, 034F, 180E, 200B-200F, 202A-202E, 2060-206F,
// FE00-FE0F, FEFF, E0000-E01EF, and the control characters up to U+009F.
std::size_t invisible(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = at(0);
  const unsigned second = at(1);
  const unsigned third = at(2);
  const auto is_in = [](unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
  };
  if (first < 0x20U || first == 0x7FU) return is_one_of(text[0], "\t\n\r") ? 0 : 1;
  switch (first) {
    case 0xC2:
      return is_in(second, 0x80, 0x9F) || second == 0xAD ? 2 : 0;
    case 0xCD:
      return second == 0x8F ? 2 : 0;
    case 0xE1:
      return second == 0xA0 && third == 0x8E ? 3 : 0;
    case 0xE2:
      if (second == 0x80) return is_in(third, 0x8B, 0x8F) || is_in(third, 0xAA, 0xAE) ? 3 : 0;
      return second == 0x81 && is_in(third, 0xA0, 0xAF) ? 3 : 0;
    case 0xEF:
      if (second == 0xBB) return third == 0xBF ? 3 : 0;
      return second == 0xB8 && is_in(third, 0x80, 0x8F) ? 3 : 0;
    case 0xF3:
      return second == 0xA0 && is_in(third, 0x80, 0x87) && at(3) >= 0x80U ? 4 : 0;
    default:
      return 0;
  }
}

// The same at the end of a text.
std::size_t invisible_end(std::string_view text) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t size = 1; size <= std::min(kLongest, text.size()); ++size) {
    if (invisible(text.substr(text.size() - size)) == size) return size;
  }
  return 0;
}

constexpr std::size_t kLeastDigits = 16;

class HexReader {
 public:
  HexReader(const DecodedText& from, DecodedText& to) : from_(from), all_(from.text), to_(to) {}

  [[nodiscard]] std::size_t end_of_digits(std::size_t at) const {
    return end_of_run(all_, at, [](char c) { return hex_value(c) >= 0; });
  }

  // The pairs of digits in [at, end), and the end of a line.
  void add(std::size_t at, std::size_t end) {
    for (; at + 2 <= end; at += 2) add_byte(at);
    end_line(at);
  }

  // The groups of which the first is [at, end). Returns where the last of them ends, or `end` if
  // they are too few.
  std::size_t add_groups(std::size_t at, std::size_t end) {
    const std::size_t group = end - at;
    if (group != 2 && group != 4) return end;
    std::size_t digits = group;
    std::size_t last = end;
    while (last + 1 < all_.size() && is_one_of(all_[last], " :-")) {
      const std::size_t next = end_of_digits(last + 1);
      const std::size_t size = next - (last + 1);
      if (size != group && !(group == 4 && size == 2)) break;  // the last one may be half
      digits += size;
      last = next;
      if (size != group) break;
    }
    if (digits < kLeastDigits) return last;
    for (std::size_t i = at; i < last; i += 2) {
      if (hex_value(all_[i]) < 0) ++i;
      add_byte(i);
    }
    end_line(last);
    return last;
  }

 private:
  void add_byte(std::size_t at) {
    to_.text += static_cast<char>(hex_value(all_[at]) * 16 + hex_value(all_[at + 1]));
    to_.origin.push_back(from_.origin_of(at));
  }
  void end_line(std::size_t at) {
    to_.text += '\n';
    to_.origin.push_back(from_.origin_of(at));
  }

  const DecodedText& from_;
  const std::string_view all_;
  DecodedText& to_;
};

}  // namespace

bool drop_invisible(DecodedText& text) {
  const std::string_view all = text.text;
  std::size_t at = 0;
  while (at < all.size() && invisible(all.substr(at)) == 0) ++at;
  if (at == all.size()) return false;
  DecodedText result{std::string(all.substr(0, at))};
  result.origin.reserve(all.size() + 1);
  for (std::size_t i = 0; i < at; ++i) result.origin.push_back(text.origin_of(i));
  for (; at < all.size(); ++at) {
    result.text += all[at];
    result.origin.push_back(text.origin_of(at));
    // Also one that was made by what was removed before.
    const std::size_t left = result.text.size() - invisible_end(result.text);
    result.text.resize(left);
    result.origin.resize(left);
  }
  result.origin.push_back(text.origin_of(all.size()));
  text = std::move(result);
  return true;
}

DecodedText bytes_of_hex(const DecodedText& text) {
  DecodedText result;
  HexReader reader(text, result);
  for (std::size_t at = 0; at < text.text.size();) {
    const std::size_t end = reader.end_of_digits(at);
    if (end - at >= kLeastDigits) {
      reader.add(at, end);
      reader.add(at + 1, end);
    }
    at = std::max(at + 1, reader.add_groups(at, end));
  }
  if (!result.text.empty()) result.origin.push_back(text.origin_of(text.text.size()));
  return result;
}

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
