// The identity endpoints inside Azure. IMDS of virtual machines:
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
// and App Service, Functions, Container Apps:
// https://learn.microsoft.com/azure/app-service/overview-managed-identity

#include <array>
#include <string>
#include <string_view>

#include "armsim/arm_answer.h"
#include "armsim/endpoints.h"
#include "armsim/token_errors.h"
#include "armsim/tokens.h"
#include "base/text.h"

namespace armsim {
namespace {

std::string unix_seconds(TimePoint time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

// Whether the ids that the request names, if any, are those of the identity.
bool names_identity(const Exchange& exchange, const ManagedIdentity& identity) {
  const std::array<std::pair<const char*, const std::string*>, 5> ids{
      {{"client_id", &identity.client_id},
       {"object_id", &identity.object_id},
       {"principal_id", &identity.object_id},
       {"msi_res_id", &identity.resource_id},
       {"mi_res_id", &identity.resource_id}}};
  for (const auto& [name, id] : ids) {
    const auto value = exchange.request.parameter(name);
    if (value && !defenderd::iequals(*value, *id)) return false;
  }
  return true;
}

}  // namespace

HttpAnswer imds_token(Core& core, Exchange& exchange) {
  if (core.imds_gone > 0) {
    --core.imds_gone;
    return imds_error(410, "gone", "IMDS is going through updates.");
  }
  // The exact value in lower case, so that a redirected request cannot ask by accident.
  if (exchange.request.header("Metadata").value_or("") != "true")
    return imds_error(400, "bad_request_102", "Required metadata header not specified");
  if (exchange.request.header("X-Forwarded-For"))
    return imds_error(400, "bad_request_103", "Forwarded requests are not allowed");
  if (exchange.entry.api_version.empty())
    return imds_error(400, "bad_request_101", "Required parameter api-version not specified");
  const std::string resource = exchange.request.parameter("resource").value_or("");
  if (resource.empty())
    return imds_error(400, "invalid_request", "Required parameter resource not specified");
  if (!is_arm_resource(exchange, resource)) {
    return imds_error(
        400, "invalid_resource",
        "AADSTS500011: The resource principal named " + resource + " was not found in the tenant.");
  }
  const ManagedIdentity& identity = core.options.managed_identity;
  if (!names_identity(exchange, identity))
    return imds_error(400, "invalid_request", "Identity not found");
  const IssuedToken issued =
      issue_token(core, core.options.tenants.front(), identity.object_id, identity.client_id);
  exchange.entry.token = issued.token.number;
  const std::string lifetime = std::to_string(core.options.behaviour.token_lifetime.count());
  HttpAnswer answer = json_answer(200, {{"access_token", issued.text},
                                        {"client_id", identity.client_id},
                                        {"expires_in", lifetime},
                                        {"expires_on", unix_seconds(issued.token.expires)},
                                        {"ext_expires_in", lifetime},
                                        {"not_before", unix_seconds(core.now())},
                                        {"refresh_token", ""},
                                        {"resource", resource},
                                        {"token_type", "Bearer"}});
  answer.headers.emplace_back("Server", "IMDS/150.870.65.1280");
  return answer;
}

HttpAnswer app_service_token(Core& core, Exchange& exchange) {
  const ManagedIdentity& identity = core.options.managed_identity;
  if (exchange.request.header("X-IDENTITY-HEADER").value_or("") != identity.identity_header)
    return app_service_error(401, "The X-IDENTITY-HEADER is missing or wrong.");
  if (exchange.entry.api_version != "2019-08-01")
    return app_service_error(400, "The api-version must be 2019-08-01.");
  const std::string resource = exchange.request.parameter("resource").value_or("");
  if (!is_arm_resource(exchange, resource))
    return app_service_error(400, "The resource '" + resource + "' is missing or not known.");
  if (!names_identity(exchange, identity))
    return app_service_error(400, "No User Assigned identity found.");
  const IssuedToken issued =
      issue_token(core, core.options.tenants.front(), identity.object_id, identity.client_id);
  exchange.entry.token = issued.token.number;
  return json_answer(200, {{"access_token", issued.text},
                           {"expires_on", unix_seconds(issued.token.expires)},
                           {"resource", resource},
                           {"token_type", "Bearer"},
                           {"client_id", identity.client_id}});
}

}  // namespace armsim
