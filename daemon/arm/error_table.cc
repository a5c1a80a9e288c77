#include "arm/error_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kNotRegistered =
    "Defender for Cloud was never enabled on this subscription (resource provider "
    "Microsoft.Security is not registered); register it, or let defenderd do it with "
    "azure.registerProvider: true";
constexpr std::string_view kNotOffered =
    "this cloud or subscription does not offer the AI services plan; remove the subscription from "
    "the desired state";
constexpr std::string_view kTransient = "Azure has a temporary problem, which usually passes";
constexpr std::string_view kThrottled =
    "ARM throttles these requests, which passes after the pause that it asks for";
constexpr std::string_view kChangedOrLocked =
    "something else changed the plan meanwhile, or has locked it; this usually ends within minutes";

// Sources of the codes: the specification's CloudError, and reports by users of other ARM clients.
// Codes come with and without spaces ("Subscription Not Registered").
constexpr std::array kTable{
    ErrorRow{401, "ExpiredAuthenticationToken", "", Reason::Unauthorized, NextTry::Soon,
             "ARM says that the token has expired, even a fresh one; check this machine's clock"},
    ErrorRow{401, "InvalidAuthenticationTokenTenant", "", Reason::WrongTenant, NextTry::Slow,
             "the subscription and the token belong to different tenants; set the entry's tenantId "
             "to the one that ARM names (after a move it takes up to an hour). One that Azure "
             "Lighthouse delegates is reached with the managing tenant's"},
    ErrorRow{401, "", "", Reason::Unauthorized, NextTry::Soon,
             "ARM does not accept the token; check azure.endpoints and the token's audience"},
    ErrorRow{407, "", "", Reason::ConnectionFailed, NextTry::Slow,
             "the proxy requires a login; add one to HTTPS_PROXY, or add the host to NO_PROXY"},
    ErrorRow{0, "ReadOnlyDisabledSubscription", "", Reason::SubscriptionDisabled, NextTry::Slow,
             "the subscription is disabled and read-only; re-enable it, or remove it from the "
             "desired state"},
    ErrorRow{0, "SubscriptionNotRegistered", "", Reason::ProviderNotRegistered, NextTry::Slow,
             kNotRegistered},
    ErrorRow{0, "MissingSubscriptionRegistration", "", Reason::ProviderNotRegistered, NextTry::Slow,
             kNotRegistered},
    ErrorRow{404, "", "register to Microsoft.Security", Reason::ProviderNotRegistered,
             NextTry::Slow, kNotRegistered},
    ErrorRow{0, "RequestDisallowedByPolicy", "", Reason::PolicyDenied, NextTry::Slow,
             "an Azure Policy denies the change{policies}; exempt {scope} from it, or declare what "
             "it demands"},
    ErrorRow{0, "", "excessive volume of traffic", Reason::Throttled, NextTry::ServerWait,
             kThrottled},
    ErrorRow{0, "InvalidInputError", "", Reason::InvalidRequest, NextTry::Slow,
             "ARM rejects the written sub plan or extensions as invalid, for example because "
             "Microsoft has retired them; its answer says what to change"},
    ErrorRow{403, "", "Microsoft.Security/register/action", Reason::Forbidden, NextTry::Slow,
             "the identity may not register the resource provider Microsoft.Security; add the "
             "action Microsoft.Security/register/action to its role `defenderd` of deploy/azure on "
             "{scope}, or register the provider manually"},
    ErrorRow{403, "", "", Reason::Forbidden, NextTry::Slow,
             "the identity may not do this; assign it the role `defenderd` of deploy/azure on "
             "{scope} (to observe: `defenderd observer`). A new role can take a few minutes to "
             "take effect"},
    ErrorRow{
        0, "SubscriptionNotFound", "", Reason::SubscriptionNotFound, NextTry::Slow,
        "the subscription does not exist, or is not visible in the identity's tenant; check id and "
        "tenantId"},
    ErrorRow{0, "InvalidSubscriptionId", "", Reason::SubscriptionNotFound, NextTry::Slow,
             "the subscription does not exist; check its id"},
    ErrorRow{0, "", "is not a valid name", Reason::PlanNotOffered, NextTry::Slow, kNotOffered},
    ErrorRow{0, "NoRegisteredProviderFound", "", Reason::PlanNotOffered, NextTry::Slow,
             kNotOffered},
    ErrorRow{404, "", "", Reason::SubscriptionNotFound, NextTry::Slow,
             "ARM has nothing at this address; check the subscription's id, its tenantId and "
             "azure.endpoints"},
    ErrorRow{0, "ScopeLocked", "", Reason::ScopeLocked, NextTry::Slow,
             "a ReadOnly lock prevents the change; remove the lock from {scope} (or a level above "
             "it), or set mode: observe"},
    ErrorRow{409, "", "", Reason::UpdateInProgress, NextTry::Busy,
             "another update of this subscription's plans is in progress, and ARM accepts one at a "
             "time; it usually ends within minutes"},
    ErrorRow{412, "", "", Reason::UpdateInProgress, NextTry::Busy, kChangedOrLocked},
    ErrorRow{423, "", "", Reason::UpdateInProgress, NextTry::Busy, kChangedOrLocked},
    ErrorRow{429, "", "", Reason::Throttled, NextTry::ServerWait, kThrottled},
    ErrorRow{
        500, "", "while the extension is disabled", Reason::InvalidRequest, NextTry::Slow,
        "ARM does not accept the written extensions; please report this as a bug in defenderd"},
    ErrorRow{408, "", "", Reason::Timeout, NextTry::Soon,
             "ARM gave up waiting, which usually passes"},
    ErrorRow{504, "", "", Reason::Timeout, NextTry::Soon,
             "Defender for Cloud did not answer ARM in time; a write may still take effect, so the "
             "plan is read again before another one"},
    ErrorRow{5, "", "", Reason::ServerError, NextTry::Soon, kTransient},
    ErrorRow{400, "", "", Reason::InvalidRequest, NextTry::Slow,
             "ARM rejects the request as invalid; if its answer does not say what to change, "
             "please report this as a bug in defenderd"},
    ErrorRow{0, "", "", Reason::InvalidRequest, NextTry::Slow,
             "an unexpected answer for ARM; check azure.endpoints.resourceManager and any proxy"},
};

std::string squeezed(std::string_view text) {
  std::string result = to_lower(text);
  std::erase(result, ' ');
  return result;
}

bool contains(std::string_view text, std::string_view words) {
  return to_lower(text).find(to_lower(words)) != std::string::npos;
}

bool is_server_side(int status) { return status >= 500 && status < 600; }

bool fits(const ErrorRow& row, int status, const CloudError& error) {
  const bool any_status = row.status == 0 || (row.status == 5 && is_server_side(status));
  if (!any_status && row.status != status) return false;
  // A denial by a policy is in the error's additionalInfo, whatever its code.
  if (row.reason == Reason::PolicyDenied && error.policy_violation) return true;
  if (!row.code.empty() && squeezed(row.code) != squeezed(error.code)) return false;
  return row.words.empty() || contains(error.message, row.words) || contains(error.code, row.words);
}

void fill_in(std::string& text, std::string_view placeholder, const std::string& value) {
  if (const std::size_t at = text.find(placeholder); at != std::string::npos)
    text.replace(at, placeholder.size(), value);
}

std::string advice_for(const ErrorRow& row, const CloudError& error, SubscriptionId subscription) {
  std::string result(row.advice);
  fill_in(result, "{scope}",
          subscription == SubscriptionId() ? "the subscriptions"
                                           : "/subscriptions/" + subscription.text());
  fill_in(result, "{policies}", error.policies.empty() ? "" : ": " + error.policies);
  return result;
}

// A challenge says more than the code, which every refused token has.
std::string advice_for(const ClaimsChallenge& challenge) {
  return "ARM demands a token with further claims" +
         (challenge.claims.empty() ? "" : " (" + challenge.claims + ")") +
         ": a Conditional Access policy, or a session that was revoked, refuses this one; check "
         "the identity's sign-in logs in Entra, and if tokens come from the Azure CLI, sign in "
         "again with `az login`";
}

}  // namespace

std::span<const ErrorRow> error_table() { return kTable; }

Failure judge_answer(int status, const CloudError& error, const AskedOfArm& asked) {
  const auto* const row =
      std::find_if(kTable.begin(), kTable.end(),
                   [&](const ErrorRow& candidate) { return fits(candidate, status, error); });
  Failure failure;
  failure.reason = row->reason;
  failure.next = row->next;
  failure.server_wait = asked.retry_after;
  failure.http_status = status;
  failure.arm_code = printable(error.code, 100);
  failure.arm_message = error.message;
  if (!error.details.empty())
    failure.arm_message += (error.message.empty() ? "" : " ") + error.details;
  failure.trace = asked.trace;
  failure.maybe_applied = asked.method != "GET" && is_server_side(status);
  std::string advice = advice_for(*row, error, asked.subscription);
  if (asked.challenge) {
    failure.reason = Reason::Unauthorized;
    failure.next = NextTry::Slow;
    advice = advice_for(*asked.challenge);
  }
  failure.message =
      std::move(advice) + ". ARM answered " + asked.method + " " + std::to_string(status);
  if (!failure.arm_code.empty()) failure.message += " " + failure.arm_code;
  if (!failure.arm_message.empty()) failure.message += ": " + printable(failure.arm_message, 400);
  return failure;
}

}  // namespace defenderd
