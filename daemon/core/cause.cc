#include "core/cause.h"

namespace defenderd {
namespace {

std::string text_of(const std::optional<TenantId>& tenant) {
  return tenant ? "tenant " + tenant->text() : "the default tenant";
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
      return {failure.reason, "Azure Resource Manager"};
    // A token request without an answer concerns the service, a refused one the tenant.
    case Reason::CredentialFailed:
      if (!is_token_refused(failure)) return {failure.reason, "the token service"};
      return {failure.reason, text_of(tenant)};
    case Reason::InternalError:
      return {failure.reason, "defenderd"};
    default:
      return {failure.reason, text_of(tenant)};
  }
}

}  // namespace defenderd
