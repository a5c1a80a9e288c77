#include "core/ids.h"

#include "base/hex.h"

namespace defenderd {

template <class Tag>
std::optional<Guid<Tag>> Guid<Tag>::parse(std::string_view text) {
  const auto bytes = parse_guid(text);
  if (!bytes) return std::nullopt;
  Guid result;
  result.bytes_ = *bytes;
  return result;
}

template <class Tag>
std::string Guid<Tag>::text() const {
  return guid_text(bytes_);
}

template class Guid<SubscriptionTag>;
template class Guid<TenantTag>;

}  // namespace defenderd
