#include "core/ids.h"

namespace defenderd {
namespace {

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

template <class Tag>
std::optional<Guid<Tag>> Guid<Tag>::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Guid result;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const auto digit = hex_digit(text[i]);
    if (!digit) return std::nullopt;
    std::uint8_t& byte = result.bytes_[digits / 2];
    byte = static_cast<std::uint8_t>((byte << 4U) | *digit);
    ++digits;
  }
  return result;
}

template <class Tag>
std::string Guid<Tag>::text() const {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string result(36, '-');
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes_) {
    if (is_dash_position(at)) ++at;
    result[at++] = kHex[byte >> 4U];
    result[at++] = kHex[byte & 0x0FU];
  }
  return result;
}

template class Guid<SubscriptionTag>;
template class Guid<TenantTag>;

}  // namespace defenderd
