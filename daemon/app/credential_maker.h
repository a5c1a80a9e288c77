#pragma once
// Creates each kind of credential from the settings and the environment.

#include <memory>
#include <optional>
#include <string>

#include "app/credentials.h"
#include "base/result.h"
#include "core/ids.h"
#include "identity/client_proof.h"
#include "identity/managed_identity.h"

namespace defenderd {

// lacks_...() says what prevents the use of a kind, "" if nothing, judged by variables and settings
// only; make_...() also reads files, and names what is wrong with them. All arguments must outlive
// it, transport and clock also what it creates.
class CredentialMaker {
 public:
  CredentialMaker(const AzureSettings& settings, const Environment& environment,
                  const CloudEndpoints& endpoints, Transport& transport, const Clock& clock,
                  std::string user_agent, std::optional<TenantId> tenant);

  [[nodiscard]] std::string lacks_secret() const;
  [[nodiscard]] Result<Credential> make_secret() const;
  [[nodiscard]] std::string lacks_certificate() const;
  [[nodiscard]] Result<Credential> make_certificate() const;
  [[nodiscard]] std::string lacks_workload() const;
  [[nodiscard]] Result<Credential> make_workload() const;
  [[nodiscard]] std::string lacks_app_service() const;
  [[nodiscard]] Result<Credential> make_app_service() const;
  [[nodiscard]] std::string lacks_cli() const;
  [[nodiscard]] Result<Credential> make_cli() const;

  struct Imds {
    std::unique_ptr<ImdsClient> client;
    std::string description;
  };
  [[nodiscard]] Result<Imds> make_imds() const;
  // For whichever of the two endpoints the variables select.
  [[nodiscard]] Result<Credential> make_managed_identity() const;
  [[nodiscard]] Result<Credential> make_token_file() const;

 private:
  [[nodiscard]] std::string lacks_client_id() const;
  [[nodiscard]] const std::string& certificate_path() const;
  [[nodiscard]] Credential entra(ProofMaker proof, std::string description,
                                 ExpiryReader expiry = {}) const;
  [[nodiscard]] IdentityChoice identity() const;
  [[nodiscard]] std::string name_of_identity() const;
  [[nodiscard]] ManagedIdentityOptions managed_identity() const;

  const AuthSettings& auth_;
  const Duration request_timeout_;
  const Environment& environment_;
  const CloudEndpoints& endpoints_;
  Transport& transport_;
  const Clock& clock_;
  const std::string user_agent_;
  const std::optional<TenantId> tenant_;
  const std::string client_id_;
};

}  // namespace defenderd
