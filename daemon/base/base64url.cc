#include "base/base64url.h"

namespace defenderd {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char to_url_alphabet(char c) { return c == '+' ? '-' : c == '/' ? '_' : c; }

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string result;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      result += kAlphabet[(bits >> count) & 0x3FU];
    }
  }
  if (count > 0) result += kAlphabet[(bits << (6U - count)) & 0x3FU];
  return result;
}

std::optional<std::string> from_base64url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string result;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(to_url_alphabet(c));
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    result += static_cast<char>((bits >> count) & 0xFFU);
  }
  return result;
}

}  // namespace defenderd
