#pragma once
// What ARM checks before a resource provider sees a request: the token, the api-version, the
// subscription and its state, the caller's role, locks, policy, registration, throttling.

#include <span>
#include <string>
#include <string_view>

#include "armsim/core.h"
#include "armsim/http_message.h"
#include "base/result.h"

namespace armsim {

// The valid token of the request, or the 401 that says what is wrong with it.
[[nodiscard]] defenderd::Result<Token, HttpAnswer> authenticate(Core& core, Exchange& exchange);

// nullopt if the api-version is one of `supported`, else 400.
[[nodiscard]] std::optional<HttpAnswer> check_api_version(
    const Exchange& exchange, std::span<const std::string_view> supported, std::string_view type);

struct Need {
  std::string action;  // "Microsoft.Security/pricings/read"
  std::string_view type;
  std::span<const std::string_view> api_versions;
  bool writes = false;        // refused by locks, policies and disabled subscriptions
  bool registration = false;  // refused while Microsoft.Security is not registered
  bool role_has_it = true;    // false: no role of this simulator allows the action
  std::string scope{};        // of the resource; "" is the subscription
};

// The subscription of the path, if the caller may do that there now.
[[nodiscard]] defenderd::Result<Stored*, HttpAnswer> admit(Core& core, Exchange& exchange,
                                                           const Need& need);

// 409 MissingSubscriptionRegistration, as ARM says it for any provider.
[[nodiscard]] HttpAnswer missing_registration(const std::string& subscription,
                                              const std::string& provider);

// One check of the registration, which advances one in progress. True if the provider is
// registered.
bool advance_registration(Subscription& subscription);

}  // namespace armsim
