// POST /{tenant}/oauth2/v2.0/token, the client credentials grant of Entra:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

#include <algorithm>
#include <string>
#include <string_view>

#include "armsim/arm_answer.h"
#include "armsim/assertion.h"
#include "armsim/endpoints.h"
#include "armsim/token_errors.h"
#include "armsim/tokens.h"
#include "base/text.h"

namespace armsim {
namespace {

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::string value_of(const HeaderList& form, const std::string& name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return "";
}

// nullopt = the client has proved to be the registered one.
std::optional<HttpAnswer> check_client(Core& core, const Exchange& exchange, const HeaderList& form,
                                       const std::string& tenant) {
  const Options& options = core.options;
  const std::string assertion = value_of(form, "client_assertion");
  if (assertion.empty()) {
    const std::string secret = value_of(form, "client_secret");
    if (secret.empty()) {
      return entra_error(core, 401, "invalid_client", 7000218,
                         "The request body must contain the following parameter: "
                         "'client_assertion' or 'client_secret'.");
    }
    if (secret == options.client_secret) return std::nullopt;
    return entra_error(
        core, 401, "invalid_client", 7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request "
        "is the client secret value, not the client secret ID, for a secret added "
        "to app '" +
            options.client_id + "'.");
  }
  if (value_of(form, "client_assertion_type") != kJwtBearer) {
    return entra_error(core, 400, "invalid_request", 900144,
                       "The request body must contain the following parameter: "
                       "'client_assertion_type' with the value '" +
                           std::string(kJwtBearer) + "'.");
  }
  const auto& federated = options.federated_tokens;
  if (std::find(federated.begin(), federated.end(), assertion) != federated.end())
    return std::nullopt;
  if (!defenderd::iequals(assertion_issuer(assertion), options.client_id)) {
    return entra_error(core, 401, "invalid_client", 70021,
                       "No matching federated identity record found for presented assertion.");
  }
  AssertionCheck check;
  check.client_id = options.client_id;
  const std::string authority = exchange.base_url + "/" + tenant;
  check.audiences = {authority + "/oauth2/v2.0/token", authority + "/v2.0",
                     authority + "/oauth2/token"};
  check.certificates = &options.certificates;
  check.now = core.now();
  if (const auto error = check_assertion(assertion, check))
    return entra_error(core, 401, "invalid_client", error->number, error->message);
  return std::nullopt;
}

// "https://management.azure.com//.default" names "https://management.azure.com/". ADFS clients send
// `resource` instead.
std::string resource_of(const HeaderList& form) {
  std::string resource = value_of(form, "resource");
  std::string scope = value_of(form, "scope");
  constexpr std::string_view kDefault = "/.default";
  if (!scope.ends_with(kDefault)) return resource;
  scope.resize(scope.size() - kDefault.size());
  return scope;
}

}  // namespace

HttpAnswer entra_token(Core& core, Exchange& exchange) {
  const Options& options = core.options;
  const HeaderList form = parse_form(exchange.request.body);
  std::string tenant = exchange.route.tenant;
  if (tenant == "adfs") tenant = options.tenants.front();
  if (std::find(options.tenants.begin(), options.tenants.end(), tenant) == options.tenants.end()) {
    return entra_error(
        core, 400, "invalid_request", 90002,
        "Tenant '" + tenant +
            "' not found. Check to make sure you have the correct tenant ID and are "
            "signing into the correct cloud. Check with your subscription "
            "administrator, this may happen if there are no active subscriptions for "
            "the tenant.");
  }
  const std::string grant = value_of(form, "grant_type");
  if (grant.empty()) {
    return entra_error(core, 400, "invalid_request", 900144,
                       "The request body must contain the following parameter: 'grant_type'.");
  }
  if (grant != "client_credentials") {
    return entra_error(core, 400, "unsupported_grant_type", 70003,
                       "The app requested an unsupported grant type '" + grant + "'.");
  }
  if (!defenderd::iequals(value_of(form, "client_id"), options.client_id)) {
    return entra_error(
        core, 400, "unauthorized_client", 700016,
        "Application with identifier '" + value_of(form, "client_id") +
            "' was not found in the directory '" + tenant +
            "'. This can happen if the application has not been installed by the "
            "administrator of the tenant or consented to by any user in the tenant.");
  }
  if (auto refusal = check_client(core, exchange, form, exchange.route.tenant)) return *refusal;
  const std::string resource = resource_of(form);
  if (resource.empty()) {
    return entra_error(core, 400, "invalid_scope", 1002012,
                       "The provided value for scope " + value_of(form, "scope") +
                           " is not valid. Client credential flows must have a scope value with "
                           "/.default suffixed to the resource identifier (application ID URI).");
  }
  if (!is_arm_resource(exchange, resource)) {
    return entra_error(core, 400, "invalid_resource", 500011,
                       "The resource principal named " + resource +
                           " was not found in the tenant named " + tenant + ".");
  }
  const IssuedToken issued = issue_token(
      core, tenant, "5e21c0de-0000-4000-8000-" + options.client_id.substr(24), options.client_id);
  exchange.entry.token = issued.token.number;
  const auto lifetime = options.behaviour.token_lifetime.count();
  return json_answer(200, {{"token_type", "Bearer"},
                           {"expires_in", lifetime},
                           {"ext_expires_in", lifetime},
                           {"access_token", issued.text}});
}

}  // namespace armsim
