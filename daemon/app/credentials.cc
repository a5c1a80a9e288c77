#include "app/credentials.h"

#include <string_view>
#include <utility>
#include <vector>

#include "app/credential_maker.h"
#include "app/default_tenant.h"

namespace defenderd {
namespace {

using Maker = CredentialMaker;
struct Kind {
  std::string_view name;  // for people
  std::string (*lacks)(const Maker&);
  Result<Credential> (*make)(const Maker&);
};
constexpr Kind kSecret{"client secret", [](const Maker& maker) { return maker.lacks_secret(); },
                       [](const Maker& maker) { return maker.make_secret(); }};
constexpr Kind kCertificate{"client certificate",
                            [](const Maker& maker) { return maker.lacks_certificate(); },
                            [](const Maker& maker) { return maker.make_certificate(); }};
constexpr Kind kWorkload{"workload identity",
                         [](const Maker& maker) { return maker.lacks_workload(); },
                         [](const Maker& maker) { return maker.make_workload(); }};
constexpr Kind kAppService{"managed identity",
                           [](const Maker& maker) { return maker.lacks_app_service(); },
                           [](const Maker& maker) { return maker.make_app_service(); }};
constexpr Kind kCli{"Azure CLI", [](const Maker& maker) { return maker.lacks_cli(); },
                    [](const Maker& maker) { return maker.make_cli(); }};

Result<Credential> make_only(const Maker& maker, const Kind& kind, std::string_view method,
                             std::string_view what_to_do) {
  const std::string lacks = kind.lacks(maker);
  if (lacks.empty()) return kind.make(maker);
  return Unexpected(Error{"azure.auth.method: " + std::string(method) + ": " + lacks + "; " +
                          std::string(what_to_do)});
}

// The last resort if no variable and no file of a credential is set.
Result<Credential> make_of_machine(const Maker& maker, const std::string& passed_over,
                                   CredentialChain::Announcer announce) {
  auto imds = maker.make_imds();
  if (!imds) return Unexpected(imds.error());
  const std::string no_cli = maker.lacks_cli();
  if (!no_cli.empty()) {
    if (const auto there = imds->client->probe({}); !there) {
      return Unexpected(Error{"there is no credential for Azure: " + passed_over + ", IMDS (" +
                              there.error().message + "), Azure CLI (" + no_cli +
                              "); set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or "
                              "another credential (azure.auth in config/README.md)"});
    }
    return Credential{std::move(imds->client),
                      imds->description + " (auto; skipped: " + passed_over + ")"};
  }
  auto cli = maker.make_cli();
  if (!cli) return cli;
  std::vector<CredentialChain::Link> links(2);
  links[0].probe = [client = imds->client.get()](const std::stop_token& stop) {
    return client->probe(stop);
  };
  links[0].name = std::move(imds->description);
  links[0].source = std::move(imds->client);
  links[1].name = std::move(cli->description);
  links[1].source = std::move(cli->source);
  return Credential{
      std::make_unique<CredentialChain>(std::move(links), passed_over, std::move(announce)),
      "managed identity or, if the machine has none, Azure CLI (auto; skipped: " + passed_over +
          ")"};
}

Result<Credential> make_first(const Maker& maker, CredentialChain::Announcer announce) {
  std::string passed_over;
  for (const Kind& kind : {kSecret, kCertificate, kWorkload, kAppService}) {
    const std::string lacks = kind.lacks(maker);
    if (lacks.empty()) {
      auto credential = kind.make(maker);
      if (credential) {
        credential->description +=
            passed_over.empty() ? " (auto)" : " (auto; skipped: " + passed_over + ")";
      }
      return credential;
    }
    if (!passed_over.empty()) passed_over += ", ";
    passed_over += std::string(kind.name) + " (" + lacks + ")";
  }
  return make_of_machine(maker, passed_over, std::move(announce));
}

// The application's id in the log may be its secret, if the two were swapped.
Result<Done> check_client_id(const AzureSettings& settings, const Environment& environment) {
  const AuthMethod method = settings.auth.method;
  const bool unused = method == AuthMethod::TokenFile || method == AuthMethod::AzureCli ||
                      !settings.auth.client_id.empty();
  if (unused || environment.client_id.empty() || TenantId::parse(environment.client_id))
    return Done{};
  return Unexpected(Error{
      "AZURE_CLIENT_ID is not a GUID; expected the application's (client) id. Its value is not "
      "shown: does it hold the client secret?"});
}

}  // namespace

Result<Credential> make_credential(const AzureSettings& settings, const Environment& environment,
                                   const CloudEndpoints& endpoints, Transport& transport,
                                   const Clock& clock, const std::string& user_agent,
                                   CredentialChain::Announcer announce) {
  if (auto checked = check_tenant_variable(settings, environment); !checked)
    return Unexpected(checked.error());
  if (auto checked = check_client_id(settings, environment); !checked)
    return Unexpected(checked.error());
  const Maker maker(settings, environment, endpoints, transport, clock, user_agent,
                    default_tenant(settings, environment));
  switch (settings.auth.method) {
    case AuthMethod::Auto:
      return make_first(maker, std::move(announce));
    case AuthMethod::ClientSecret:
      return make_only(maker, kSecret, "clientSecret",
                       "set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET (or "
                       "azure.auth.clientSecretFile)");
    case AuthMethod::ClientCertificate:
      return make_only(maker, kCertificate, "clientCertificate",
                       "set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_CERTIFICATE_PATH (or "
                       "azure.auth.certificateFile)");
    case AuthMethod::WorkloadIdentity:
      return make_only(maker, kWorkload, "workloadIdentity",
                       "the Azure Workload Identity webhook sets AZURE_CLIENT_ID, AZURE_TENANT_ID "
                       "and AZURE_FEDERATED_TOKEN_FILE if the pod has the label "
                       "azure.workload.identity/use: \"true\"");
    case AuthMethod::ManagedIdentity:
      return maker.make_managed_identity();
    case AuthMethod::AzureCli:
      return make_only(maker, kCli, "azureCli", "install the Azure CLI and run `az login`");
    case AuthMethod::TokenFile:
      return maker.make_token_file();
  }
  return Unexpected(Error{"azure.auth.method is not known"});
}

}  // namespace defenderd
