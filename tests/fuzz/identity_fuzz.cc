// Whole answers of what gives tokens: IMDS, App Service and Entra.

#include "fuzz/fixed_arm.h"
#include "identity/entra_client.h"
#include "identity/managed_identity.h"

using namespace defenderd;
using fuzz::require;

namespace {

constexpr const char* kSecret = "8Q~a-client-secret";
constexpr const char* kHeader = "9R~an-identity-header";

// `secret` is what the request held.
void check(const ArmResult<AccessToken>& token, const HttpResponse& response,
           std::string_view secret) {
  if (token) {
    require(response.status == 200, "a token comes with 200");
    require(!token->value.empty(), "a token is not empty");
    return;
  }
  fuzz::require_sound(token.error());
  if (secret.empty()) return;
  require(token.error().message.find(secret) == std::string::npos, "no secret is repeated");
  require(token.error().arm_code.find(secret) == std::string::npos, "no secret is repeated");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const HttpResponse response = fuzz::read_response(fuzz::text_of(data, size));
  fuzz::ScriptedTransport transport([&](const HttpRequest&) { return response; });
  const FakeClock clock;
  const Origin imds{false, "169.254.169.254", 80};
  ManagedIdentityOptions options;
  options.audience = "https://management.azure.com";
  ImdsClient machine(transport, clock, imds, options);
  check(machine.fetch(std::nullopt, {}), response, "");
  const auto probed = machine.probe({});
  if (!probed) fuzz::require_printable(probed.error().message, 500);

  const auto endpoint = [] {
    return IdentityEndpoint{"http://127.0.0.1:41741/msi/token", Secret(kHeader)};
  };
  AppServiceIdentity app(transport, clock, endpoint, options);
  check(app.fetch(std::nullopt, {}), response, kHeader);

  EntraOptions entra_options;
  entra_options.authority = {true, "login.microsoftonline.com", 443};
  entra_options.default_tenant = TenantId::parse("72f988bf-0000-4000-8000-2d7cd011db47");
  const auto secret = [] { return Result<Secret>(Secret(kSecret)); };
  EntraClient entra(transport, clock, entra_options, client_secret_proof(secret));
  check(entra.fetch(std::nullopt, {}), response, kSecret);
  return 0;
}
