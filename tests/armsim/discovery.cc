#include <algorithm>
#include <string>

#include "armsim/arm_answer.h"
#include "armsim/endpoints.h"

namespace armsim {

// What msal-node and azure-cli want to be there. The key set at jwks_uri is never fetched.
HttpAnswer openid_configuration(Core& core, Exchange& exchange) {
  const std::string& tenant = exchange.route.tenant;
  const auto& tenants = core.options.tenants;
  const bool adfs = tenant == "adfs";
  if (!adfs && std::find(tenants.begin(), tenants.end(), tenant) == tenants.end()) {
    return json_answer(400, {{"error", "invalid_tenant"},
                             {"error_description",
                              "AADSTS90002: Tenant '" + tenant +
                                  "' not found. Check to make sure you have the correct tenant ID "
                                  "and are signing into the correct cloud."},
                             {"error_codes", Json::array({90002})}});
  }
  const std::string authority = exchange.base_url + "/" + tenant;
  const std::string oauth = authority + (adfs ? "/oauth2/" : "/oauth2/v2.0/");
  return json_answer(200, {{"issuer", adfs ? authority : authority + "/v2.0"},
                           {"authorization_endpoint", oauth + "authorize"},
                           {"token_endpoint", oauth + "token"},
                           {"device_authorization_endpoint", oauth + "devicecode"},
                           {"end_session_endpoint", oauth + "logout"},
                           {"jwks_uri", authority + "/discovery/v2.0/keys"},
                           {"response_types_supported", Json::array({"code", "id_token", "token"})},
                           {"subject_types_supported", Json::array({"pairwise"})},
                           {"id_token_signing_alg_values_supported", Json::array({"RS256"})},
                           {"token_endpoint_auth_methods_supported",
                            Json::array({"client_secret_post", "private_key_jwt"})}});
}

HttpAnswer cloud_metadata(Core& core, Exchange& exchange) {
  const std::string& base = exchange.base_url;
  return json_answer(
      200, {{"name", "ArmSim"},
            {"portal", base},
            {"authentication",
             {{"loginEndpoint", base},
              {"audiences", Json::array({base, base + "/", "https://management.azure.com/"})},
              {"tenant", core.options.tenants.front()},
              {"identityProvider", "AAD"}}},
            {"resourceManager", base},
            {"graphAudience", base},
            {"graph", base},
            {"suffixes", Json::object()}});
}

}  // namespace armsim
