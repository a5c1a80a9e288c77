#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace defenderd {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Length in bytes of the well-formed UTF-8 character at the start of `text`, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (text.empty()) return 0;
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  struct Form {
    std::uint8_t first_low, first_high, second_low, second_high;
    std::size_t length;
  };
  // Table 3-7 of the Unicode standard.
  static constexpr std::array<Form, 8> kForms{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                               {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                               {0xE1, 0xEC, 0x80, 0xBF, 3},
                                               {0xED, 0xED, 0x80, 0x9F, 3},
                                               {0xEE, 0xEF, 0x80, 0xBF, 3},
                                               {0xF0, 0xF0, 0x90, 0xBF, 4},
                                               {0xF1, 0xF3, 0x80, 0xBF, 4},
                                               {0xF4, 0xF4, 0x80, 0x8F, 4}}};
  for (const Form& form : kForms) {
    if (first < form.first_low || first > form.first_high) continue;
    if (text.size() < form.length) return 0;
    if (byte(1) < form.second_low || byte(1) > form.second_high) return 0;
    for (std::size_t i = 2; i < form.length; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    return form.length;
  }
  return 0;
}

// True for a well-formed character that moves a terminal's cursor or starts a line:
// the C0 and C1 controls, the line and paragraph separators, and the overrides of direction.
bool is_control(std::string_view character) {
  if (character.size() == 1)
    return static_cast<unsigned char>(character[0]) < 0x20 || character[0] == 0x7F;
  const auto in = [&](std::string_view low, std::string_view high) {
    return character.size() == low.size() && character >= low && character <= high;
  };
  return in("\xC2\x80", "\xC2\x9F") || in("\xE2\x80\xA8", "\xE2\x80\xAE") ||
         in("\xE2\x81\xA6", "\xE2\x81\xA9");
}

// True if it is well-formed, and all its characters are `good`.
template <class Good>
bool all_characters(std::string_view text, const Good& good) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || !good(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a == b) return true;  // the usual case
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_valid_utf8(std::string_view text) {
  return all_characters(text, [](std::string_view) { return true; });
}

bool is_printable(std::string_view text) {
  return is_plain(text) || all_characters(text, std::not_fn(is_control));
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes && is_plain(text)) return std::string(text);
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length);
    const std::string_view shown = length == 0 ? "?" : is_control(character) ? " " : character;
    if (result.size() + shown.size() > max_bytes) return result + "...";
    result += shown;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto put_last = [&](unsigned bits) { put(0x80U | ((code_point >> bits) & 0x3FU)); };
  if (code_point < 0x80) return put(code_point);
  if (code_point < 0x800) {
    put(0xC0U | code_point >> 6U);
    return put_last(0);
  }
  if (code_point < 0x10000) {
    put(0xE0U | code_point >> 12U);
  } else {
    put(0xF0U | (code_point >> 18U & 0x07U));
    put_last(12);
  }
  put_last(6);
  put_last(0);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> before_last(width);
  std::vector<std::size_t> last(width);
  std::vector<std::size_t> row(width);
  for (std::size_t j = 0; j < width; ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  // A long word is never a typo of a short one: skip the quadratic work on hostile input.
  if (word.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace defenderd
