#pragma once
// How messages call a subscription.

#include <string>
#include <string_view>

#include "core/ids.h"

namespace defenderd {

// "chat-prod (6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11)"; the id alone where there is no name.
[[nodiscard]] std::string name_and_id(std::string_view name, SubscriptionId id);

}  // namespace defenderd
