#include "core/cause.h"

#include <string_view>

namespace defenderd {
namespace {

std::string text_of(const std::optional<TenantId>& tenant) {
  return tenant ? "tenant " + tenant->text() : "the default tenant";
}

// Entra says this of a secret, certificate or assertion that it does not accept.
constexpr std::string_view kInvalidClient = "invalid_client";

// Only a refusal that does not pass says something about a tenant: while Entra is down or busy, all
// tenants fail alike, also with an answer. The credential is one for all of them.
std::string who_gives_no_token(const Failure& failure, const std::optional<TenantId>& tenant) {
  if (failure.next != NextTry::Slow) return "the token service";
  if (!is_token_refused(failure) || failure.arm_code == kInvalidClient) return "the credential";
  return text_of(tenant);
}

}  // namespace

Cause cause_of(const Failure& failure, const std::optional<TenantId>& tenant) {
  switch (failure.reason) {
    // One service answers for all tenants.
    case Reason::ConnectionFailed:
    case Reason::TlsFailed:
    case Reason::Timeout:
    case Reason::ServerError:
    case Reason::MalformedAnswer:
    case Reason::Unauthorized:
    case Reason::PlanNotOffered:
    case Reason::InvalidRequest:
    case Reason::UpdateInProgress:
    case Reason::ExtensionFailed:
    case Reason::ChangeNotApplied:
      return {failure.reason, "Azure Resource Manager"};
    case Reason::CredentialFailed:
      return {failure.reason, who_gives_no_token(failure, tenant)};
    case Reason::InternalError:
      return {failure.reason, "defenderd"};
    // Rights, quotas, policies and subscriptions are a tenant's own.
    default:
      return {failure.reason, text_of(tenant)};
  }
}

Reason outage_of(Reason reason) {
  switch (reason) {
    case Reason::ConnectionFailed:
    case Reason::TlsFailed:
    case Reason::Timeout:
    case Reason::ServerError:
      return Reason::ConnectionFailed;
    default:
      return reason;
  }
}

}  // namespace defenderd
