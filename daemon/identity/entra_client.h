#pragma once
// Entra's token endpoint: the OAuth 2.0 client credentials grant, version 2.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "identity/client_proof.h"
#include "identity/token.h"
#include "net/http.h"

namespace defenderd {

// Where to request tokens, and for which identity.
struct EntraOptions {
  Origin authority;           // https://login.microsoftonline.com
  std::string audience = {};  // https://management.azure.com
  std::optional<TenantId> default_tenant = {};
  std::string client_id = {};
  Duration timeout = std::chrono::seconds(30);  // of each request
  std::string user_agent = {};
};

// Thread-safe, like its transport and proof maker.
class EntraClient final : public TokenSource {
 public:
  EntraClient(Transport& transport, const Clock& clock, EntraOptions options, ProofMaker proof);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  Transport& transport_;
  const Clock& clock_;
  const EntraOptions options_;
  const ProofMaker proof_;
};

}  // namespace defenderd
