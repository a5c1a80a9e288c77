#include "armsim/arm_gate.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "armsim/arm_answer.h"
#include "armsim/arm_headers.h"
#include "base/base64url.h"
#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

using defenderd::Result;
using defenderd::Unexpected;

HttpAnswer unauthorized(const Exchange& exchange, const std::string& tenant,
                        const std::string& code, const std::string& message) {
  HttpAnswer answer = arm_error(401, code, message);
  const std::string authority = exchange.base_url + "/" + tenant;
  answer.headers.emplace_back("WWW-Authenticate", R"(Bearer authorization_uri=")" + authority +
                                                      R"(", error="invalid_token", )" +
                                                      R"(error_description=")" + message + '"');
  return answer;
}

bool is_guid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

HttpAnswer wrong_tenant(const Exchange& exchange, const Token& token, const std::string& tenant) {
  // No other quotes: the message is also in a header.
  return unauthorized(
      exchange, tenant, "InvalidAuthenticationTokenTenant",
      "The access token is from the wrong issuer 'https://sts.windows.net/" + token.tenant +
          "/'. It must match the tenant 'https://sts.windows.net/" + tenant +
          "/' associated with this subscription. Please use the authority (URL) '" +
          exchange.base_url + "/" + tenant +
          "' to get the token. Note, if the subscription is transferred to another tenant there is "
          "no impact to the services, but information about new tenant could take time to "
          "propagate (up to an hour). If you just transferred your subscription and see this "
          "error message, please try back later.");
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// As Entra documents it: https://learn.microsoft.com/entra/identity-platform/claims-challenge
HttpAnswer challenged(const Exchange& exchange, const Subscription& subscription) {
  HttpAnswer answer = arm_error(401, "InvalidAuthenticationToken",
                                "The access token does not satisfy a Conditional Access policy.");
  answer.headers.emplace_back(
      "WWW-Authenticate",
      R"(Bearer realm="", authorization_uri=")" + exchange.base_url +
          R"(/common/oauth2/authorize", error="insufficient_claims", claims=")" +
          defenderd::base64url(subscription.challenge) + '"');
  return answer;
}

// What x-ms-ratelimit-remaining-subscription-resource-requests counts is used up.
std::optional<HttpAnswer> refuse_beyond_budget(const Core& core, const Exchange& exchange,
                                               Stored& stored, const Need& need) {
  if (!core.options.behaviour.budget_throttles) return std::nullopt;
  const auto closed_for =
      budget_closed_for(stored.budgets[exchange.caller], exchange.route.operation, core.now());
  if (closed_for.count() == 0) return std::nullopt;
  const std::string seconds = std::to_string(closed_for.count());
  HttpAnswer answer = arm_error(429, "ResourceRequestsThrottled",
                                "Number of requests for action '" + need.action +
                                    "' exceeded the limit of '" + (need.writes ? "250" : "750") +
                                    "' for time interval '00:05:00'. Please try again after '" +
                                    seconds + "' seconds.");
  answer.headers.emplace_back("Retry-After", seconds);
  answer.headers.emplace_back("x-ms-ratelimit-remaining-subscription-resource-requests", "0");
  return answer;
}

std::optional<HttpAnswer> throttle(Core& core, const Exchange& exchange, Stored& stored,
                                   const Need& need) {
  const Behaviour& behaviour = core.options.behaviour;
  const Bucket& bucket = need.writes ? behaviour.write_bucket : behaviour.read_bucket;
  if (bucket.burst <= 0) return std::nullopt;
  Stored::Level& level = core.bucket(stored, exchange, need.writes);
  const TimePoint now = core.now();
  if (level.as_of == TimePoint{}) level = {bucket.burst, now};
  const double seconds = std::chrono::duration<double>(now - level.as_of).count();
  level = {std::min(bucket.burst, level.left + seconds * bucket.per_second), now};
  if (level.left >= 1) {
    level.left -= 1;
    return std::nullopt;
  }
  const double wait = bucket.per_second > 0 ? (1 - level.left) / bucket.per_second : 3600;
  const std::string text = std::to_string(static_cast<long>(std::ceil(wait)));
  HttpAnswer answer = arm_error(
      429, "SubscriptionRequestsThrottled",
      "Number of requests for subscription '" + exchange.route.subscription + "' and operation '" +
          exchange.request.method + "/" + upper(need.type) +
          "' exceeded the backend storage limit. Please try again after '" + text + "' seconds.");
  answer.headers.emplace_back("Retry-After", text);
  return answer;
}

HttpAnswer unregistered(const Behaviour& behaviour, const std::string& id) {
  const std::string please =
      "Please register to Microsoft.Security in order to view your security status";
  switch (behaviour.unregistered) {
    case Unregistered::PlainMessage:
      return arm_error(404, "NotFound", please);
    case Unregistered::JoinedCode:
      return arm_error(404, "SubscriptionNotRegistered", please);
    case Unregistered::ArmGeneric:
      return missing_registration(id, "Microsoft.Security");
    case Unregistered::SpacedCode:
      break;
  }
  return arm_error(404, "Subscription Not Registered", please);
}

std::optional<HttpAnswer> refuse_write(const Subscription& subscription, const Behaviour& behaviour,
                                       const std::string& action) {
  const std::string scope = "/subscriptions/" + subscription.id;
  if (subscription.state == "Disabled") {
    return arm_error(behaviour.disabled_status, "ReadOnlyDisabledSubscription",
                     "The subscription '" + subscription.id +
                         "' is disabled and therefore marked as read only. You cannot perform any "
                         "write actions on this subscription until it is re-enabled.");
  }
  if (subscription.locked) {
    return arm_error(409, "ScopeLocked",
                     "The scope '" + scope +
                         "' cannot perform write operation because following scope(s) are locked: "
                         "'" +
                         scope + "'. Please remove the lock and try again.");
  }
  if (subscription.denied_by_policy) {
    HttpAnswer answer = arm_error(403, "RequestDisallowedByPolicy",
                                  "Resource was disallowed by policy. Action: '" + action + "'.");
    Json body = Json::parse(answer.body);
    body["error"]["additionalInfo"] =
        Json::array({{{"type", "PolicyViolation"},
                      {"info",
                       {{"policyDefinitionDisplayName", "Defender plans are fixed"},
                        {"policyAssignmentId",
                         scope + "/providers/Microsoft.Authorization/policyAssignments/fixed"}}}}});
    return json_answer(403, body);
  }
  return std::nullopt;
}

HttpAnswer no_role(const Token& token, const Core& core, const std::string& scope,
                   const std::string& action) {
  return arm_error(403, "AuthorizationFailed",
                   "The client '" + core.options.client_id + "' with object id '" +
                       token.object_id + "' does not have authorization to perform action '" +
                       action + "' over scope '" + scope +
                       "' or the scope is invalid. If access was recently granted, please refresh "
                       "your credentials.");
}

}  // namespace

Result<Token, HttpAnswer> authenticate(Core& core, Exchange& exchange) {
  std::string tenant = core.options.tenants.front();
  if (const Stored* const stored = core.find(exchange.route.subscription))
    tenant = stored->subscription.tenant;
  const auto header = exchange.request.header("Authorization");
  if (!header) {
    return Unexpected(
        unauthorized(exchange, tenant, "AuthenticationFailed",
                     "Authentication failed. The 'Authorization' header is missing."));
  }
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer = defenderd::iequals(header->substr(0, kScheme.size()), kScheme);
  const auto found = bearer ? core.tokens.find(header->substr(kScheme.size())) : core.tokens.end();
  if (found == core.tokens.end()) {
    return Unexpected(unauthorized(exchange, tenant, "InvalidAuthenticationToken",
                                   "The access token is invalid."));
  }
  const Token& token = found->second;
  if (token.expires <= core.now()) {
    HttpAnswer answer = unauthorized(
        exchange, tenant, "ExpiredAuthenticationToken",
        "The access token expiry UTC time '" + defenderd::format_rfc3339(token.expires) +
            "' is earlier than current UTC time '" + defenderd::format_rfc3339(core.now()) + "'.");
    answer.headers.emplace_back("X-Ms-Failure-Cause", "gateway");
    return Unexpected(std::move(answer));
  }
  exchange.entry.token = token.number;
  exchange.caller = token.tenant + "/" + token.object_id;
  return token;
}

std::optional<HttpAnswer> check_api_version(const Exchange& exchange,
                                            std::span<const std::string_view> supported,
                                            std::string_view type) {
  const auto version = exchange.request.parameter("api-version");
  if (!version || version->empty()) {
    return arm_error(400, "MissingApiVersionParameter",
                     "The api-version query parameter (?api-version=) is required for all "
                     "requests.");
  }
  if (std::find(supported.begin(), supported.end(), *version) != supported.end())
    return std::nullopt;
  std::string list;
  for (const std::string_view one : supported)
    list += (list.empty() ? "" : ", ") + std::string(one);
  return arm_error(400, "NoRegisteredProviderFound",
                   "No registered resource provider found for location '' and API version '" +
                       *version + "' for type '" + std::string(type) +
                       "'. The supported api-versions are '" + list + "'.");
}

Result<Stored*, HttpAnswer> admit(Core& core, Exchange& exchange, const Need& need) {
  const std::string& id = exchange.route.subscription;
  auto token = authenticate(core, exchange);
  if (!token) return Unexpected(std::move(token.error()));
  if (auto refusal = check_api_version(exchange, need.api_versions, need.type))
    return Unexpected(*std::move(refusal));
  if (!is_guid(id)) {
    return Unexpected(
        arm_error(400, "InvalidSubscriptionId",
                  "The provided subscription identifier '" + id + "' is malformed or invalid."));
  }
  Stored* const stored = core.find(id);
  if (stored == nullptr || stored->subscription.state == "Deleted") {
    return Unexpected(arm_error(404, "SubscriptionNotFound",
                                "The subscription '" + id + "' could not be found."));
  }
  const Subscription& subscription = stored->subscription;
  const Behaviour& behaviour = core.options.behaviour;
  if (!subscription.challenge.empty()) return Unexpected(challenged(exchange, subscription));
  if (!subscription.is_in(token->tenant))
    return Unexpected(wrong_tenant(exchange, *token, subscription.tenant));
  if (auto refusal = throttle(core, exchange, *stored, need))
    return Unexpected(*std::move(refusal));
  if (auto refusal = refuse_beyond_budget(core, exchange, *stored, need))
    return Unexpected(*std::move(refusal));
  const Access access = subscription.access;
  if (access == Access::None || (need.writes && access != Access::Write) || !need.role_has_it)
    return Unexpected(no_role(
        *token, core, need.scope.empty() ? "/subscriptions/" + id : need.scope, need.action));
  if (need.writes) {
    if (auto refusal = refuse_write(subscription, behaviour, need.action))
      return Unexpected(*std::move(refusal));
  }
  if (need.registration) {
    if (!advance_registration(stored->subscription)) return Unexpected(unregistered(behaviour, id));
  }
  return stored;
}

HttpAnswer missing_registration(const std::string& subscription, const std::string& provider) {
  return arm_error(409, "MissingSubscriptionRegistration",
                   "The subscription '" + subscription + "' is not registered to use namespace '" +
                       provider +
                       "'. See https://aka.ms/rps-not-found for how to register subscriptions.",
                   provider);
}

bool advance_registration(Subscription& subscription) {
  if (subscription.registration == Registration::Registering) {
    if (subscription.registering_polls == 0) subscription.registration = Registration::Registered;
    if (subscription.registering_polls > 0) --subscription.registering_polls;
  }
  return subscription.registration == Registration::Registered;
}

}  // namespace armsim
