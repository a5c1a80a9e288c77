#pragma once
// Which of the simulator's endpoints a path names.

#include <string>

#include "armsim/fault.h"
#include "armsim/http_message.h"

namespace armsim {

enum class Endpoint {
  None,  // a path that ARM does not know
  EntraToken,
  OpenIdConfiguration,
  CloudMetadata,
  ImdsToken,
  AppServiceToken,
  SubscriptionList,
  ResourceGraph,
  Subscription,
  ActivityLog,
  Provider,
  ProviderRegister,
  PricingList,
  Pricing,
  AiAccountList,  // of a subscription or of a resource group
  AiAccount,
  AiPartList,  // deployments, raiPolicies or defenderForAISettings of an account
  AiPart,
  Control,
};

struct Route {
  Endpoint endpoint = Endpoint::None;
  Operation operation = Operation::Other;
  std::string tenant;        // as in the path: a GUID, "common", "adfs"
  std::string subscription;  // in lower case
  std::string pricing;       // as in the path
  // Of an AI account, as in the path; "" where the path has none.
  std::string resource_group;
  std::string account;
  std::string part_type;  // "deployments", "raiPolicies", "defenderForAISettings"
  std::string part;
};

// Paths are matched without case, and empty segments ("//subscriptions") do not count, as ARM does.
[[nodiscard]] Route find_route(const HttpRequest& request);

}  // namespace armsim
