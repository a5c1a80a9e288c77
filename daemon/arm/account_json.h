#pragma once
// The JSON of AI accounts and of what belongs to them, as Microsoft.CognitiveServices writes it
// (api-version 2024-10-01). Any input gives a value, never an exception; texts are bounded.

#include <optional>
#include <string>
#include <string_view>

#include "core/ai_account.h"
#include "core/ids.h"
#include "net/json_document.h"

namespace defenderd {

// Where an account is, from its resource id.
struct AccountPlace {
  SubscriptionId subscription;
  std::string path = {};  // "/subscriptions/.../accounts/{name}", fit for a request
};
// nullopt if it is not the id of an account, or has characters that no id has.
[[nodiscard]] std::optional<AccountPlace> place_of_account(std::string_view resource_id);

// nullopt: of another kind, or without a usable id.
[[nodiscard]] std::optional<AiAccount> read_account(const JsonValue& item);
[[nodiscard]] ModelDeployment read_deployment(const JsonValue& item);
[[nodiscard]] ContentPolicy read_policy(const JsonValue& item);
[[nodiscard]] AccountSwitch read_switch_state(const JsonValue& setting);
[[nodiscard]] LastModified read_last_modified(const JsonValue& resource);

}  // namespace defenderd
