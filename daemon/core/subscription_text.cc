#include "core/subscription_text.h"

namespace defenderd {

std::string name_and_id(std::string_view name, SubscriptionId id) {
  if (name.empty()) return id.text();
  return std::string(name) + " (" + id.text() + ")";
}

}  // namespace defenderd
