#include "app/credential_maker.h"

#include <string_view>
#include <utility>

#include "base/scrub.h"
#include "identity/azure_cli.h"
#include "identity/client_certificate.h"
#include "identity/entra_client.h"
#include "identity/secret_file.h"
#include "identity/token_file.h"

namespace defenderd {
namespace {

constexpr std::string_view kImds = "http://169.254.169.254";

}  // namespace

CredentialMaker::CredentialMaker(const AzureSettings& settings, const Environment& environment,
                                 const CloudEndpoints& endpoints, Transport& transport,
                                 const Clock& clock, std::string user_agent,
                                 std::optional<TenantId> tenant)
    : auth_(settings.auth),
      request_timeout_(settings.request_timeout),
      environment_(environment),
      endpoints_(endpoints),
      transport_(transport),
      clock_(clock),
      user_agent_(std::move(user_agent)),
      tenant_(tenant),
      client_id_(auth_.client_id.empty() ? environment.client_id : auth_.client_id) {}

std::string CredentialMaker::lacks_secret() const {
  if (auth_.client_secret_file.empty() && environment_.client_secret.empty())
    return "AZURE_CLIENT_SECRET is not set";
  return lacks_client_id();
}

Result<Credential> CredentialMaker::make_secret() const {
  const std::string& path = auth_.client_secret_file;
  const auto secret = path.empty()
                          ? only_secret(environment_.client_secret.reveal(), SecretKind::Words)
                          : read_secret_file(path, SecretKind::Words);
  if (!secret) {
    return Unexpected(
        Error{(path.empty() ? "AZURE_CLIENT_SECRET " : "azure.auth.clientSecretFile: ") +
              secret.error().message});
  }
  SecretReader reader = [secret = *secret]() -> Result<Secret> { return secret; };
  if (!path.empty()) reader = [path] { return read_secret_file(path, SecretKind::Words); };
  return entra(client_secret_proof(std::move(reader)), "client secret of " + client_id_);
}

std::string CredentialMaker::lacks_certificate() const {
  if (certificate_path().empty()) return "AZURE_CLIENT_CERTIFICATE_PATH is not set";
  return lacks_client_id();
}

Result<Credential> CredentialMaker::make_certificate() const {
  CertificateFile file{certificate_path(), environment_.certificate_password};
  if (auto certificate = load_certificate(file); !certificate) {
    return Unexpected(
        Error{std::string(auth_.certificate_file.empty() ? "AZURE_CLIENT_CERTIFICATE_PATH"
                                                         : "azure.auth.certificateFile") +
              ": " + certificate.error().message});
  }
  std::string description = "client certificate " + shown_path(file.path) + " of " + client_id_;
  return entra(client_certificate_proof(file, client_id_, clock_), std::move(description),
               client_certificate_expiry(file));
}

std::string CredentialMaker::lacks_workload() const {
  if (environment_.federated_token_file.empty()) return "AZURE_FEDERATED_TOKEN_FILE is not set";
  return lacks_client_id();
}

Result<Credential> CredentialMaker::make_workload() const {
  const std::string& path = environment_.federated_token_file;
  if (auto token = read_secret_file(path, SecretKind::Token); !token)
    return Unexpected(Error{"AZURE_FEDERATED_TOKEN_FILE: " + token.error().message});
  return entra(federated_token_proof([path] { return read_secret_file(path, SecretKind::Token); }),
               "workload identity " + client_id_ + " with the token in " + shown_path(path),
               token_file_expiry(path, CredentialKind::FederatedToken));
}

std::string CredentialMaker::lacks_app_service() const {
  const IdentityEndpoint endpoint =
      environment_.identity_endpoint ? environment_.identity_endpoint() : IdentityEndpoint{};
  if (endpoint.url.empty()) return "IDENTITY_ENDPOINT is not set";
  if (endpoint.header.empty()) return "IDENTITY_HEADER is not set";
  return "";
}

Result<Credential> CredentialMaker::make_app_service() const {
  if (auto address = parse_identity_endpoint(environment_.identity_endpoint().url); !address)
    return Unexpected(address.error());
  return Credential{std::make_unique<AppServiceIdentity>(
                        transport_, clock_, environment_.identity_endpoint, managed_identity()),
                    "managed identity " + name_of_identity() + " (IDENTITY_ENDPOINT)"};
}

Result<CredentialMaker::Imds> CredentialMaker::make_imds() const {
  const std::string& host = environment_.imds_host;
  auto origin = Origin::parse(host.empty() ? kImds : std::string_view(host));
  if (!origin)
    return Unexpected(Error{"AZURE_POD_IDENTITY_AUTHORITY_HOST: " + origin.error().message});
  std::string name = "managed identity " + name_of_identity() + " (IMDS)";
  auto client =
      std::make_unique<ImdsClient>(transport_, clock_, *std::move(origin), managed_identity());
  return Imds{std::move(client), std::move(name)};
}

Result<Credential> CredentialMaker::make_managed_identity() const {
  if (lacks_app_service().empty()) return make_app_service();
  auto imds = make_imds();
  if (!imds) return Unexpected(imds.error());
  return Credential{std::move(imds->client), std::move(imds->description)};
}

std::string CredentialMaker::lacks_cli() const {
  return environment_.azure_cli.empty() ? "`az` is not in PATH" : "";
}

Result<Credential> CredentialMaker::make_cli() const {
  AzureCliOptions options;
  options.program = environment_.azure_cli;
  options.environment = environment_.inherited;
  options.audience = endpoints_.audience;
  options.default_tenant = tenant_;
  return Credential{std::make_unique<AzureCli>(clock_, std::move(options)),
                    "Azure CLI (" + environment_.azure_cli + ")"};
}

Result<Credential> CredentialMaker::make_token_file() const {
  if (auto token = read_secret_file(auth_.token_file, SecretKind::Token); !token)
    return Unexpected(Error{"azure.auth.tokenFile: " + token.error().message});
  return Credential{std::make_unique<TokenFile>(auth_.token_file, clock_),
                    "token file " + shown_path(auth_.token_file),
                    token_file_expiry(auth_.token_file, CredentialKind::AccessToken)};
}

std::string CredentialMaker::lacks_client_id() const {
  return client_id_.empty() ? "neither AZURE_CLIENT_ID nor azure.auth.clientId is set" : "";
}

const std::string& CredentialMaker::certificate_path() const {
  return auth_.certificate_file.empty() ? environment_.certificate_path : auth_.certificate_file;
}

Credential CredentialMaker::entra(ProofMaker proof, std::string description,
                                  ExpiryReader expiry) const {
  EntraOptions options;
  options.authority = endpoints_.authority;
  options.audience = endpoints_.audience;
  options.default_tenant = tenant_;
  options.client_id = client_id_;
  options.user_agent = user_agent_;
  options.timeout = request_timeout_;
  return {std::make_unique<EntraClient>(transport_, clock_, std::move(options), std::move(proof)),
          std::move(description), std::move(expiry)};
}

IdentityChoice CredentialMaker::identity() const {
  using By = IdentityChoice::By;
  if (!auth_.identity_object_id.empty()) return {By::ObjectId, auth_.identity_object_id};
  if (!auth_.identity_resource_id.empty()) return {By::ResourceId, auth_.identity_resource_id};
  if (!client_id_.empty()) return {By::ClientId, client_id_};
  return {};
}

std::string CredentialMaker::name_of_identity() const {
  const IdentityChoice choice = identity();
  return choice.id.empty() ? "of this machine" : choice.id;
}

ManagedIdentityOptions CredentialMaker::managed_identity() const {
  return {endpoints_.audience, identity(), tenant_, user_agent_, request_timeout_};
}

}  // namespace defenderd
