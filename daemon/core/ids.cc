#include "core/ids.h"

#include "base/hex.h"
#include "base/letters.h"

namespace defenderd {
namespace {

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
    const int digit = hex_value(text[i]);
    if (digit < 0) return std::nullopt;
    std::uint8_t& byte = result.bytes_[digits / 2];
    byte = static_cast<std::uint8_t>((static_cast<unsigned>(byte) << 4U) |
                                     static_cast<unsigned>(digit));
    ++digits;
  }
  return result;
}

template <class Tag>
std::string Guid<Tag>::text() const {
  return guid_text(bytes_);
}

template class Guid<SubscriptionTag>;
template class Guid<TenantTag>;

}  // namespace defenderd
