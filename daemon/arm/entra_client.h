#pragma once
// Entra's token endpoint: the OAuth 2.0 client credentials grant, version 2.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "arm/http.h"
#include "arm/token.h"
#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

// Where and as whom tokens are asked for.
struct EntraOptions {
  Origin authority;           // https://login.microsoftonline.com
  std::string audience = {};  // https://management.azure.com
  std::optional<TenantId> default_tenant = {};
  std::string client_id = {};
  Duration timeout = std::chrono::seconds(30);
  std::string user_agent = {};
};

// How the client proves who it is: form fields (client_secret, or client_assertion with its type)
// for a token request to this URL. Made anew for each request, since secrets and assertions change.
struct ClientProof {
  std::vector<std::pair<std::string, Secret>> fields;
};
using ProofMaker = std::function<Result<ClientProof>(const std::string& token_url)>;

// Reads a secret anew each time, because files and what mounts them change.
using SecretReader = std::function<Result<Secret>()>;

// Thread-safe, as its transport and proof maker are.
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

[[nodiscard]] ProofMaker client_secret_proof(SecretReader secret);

// The trimmed content of a small file. Errors name the file, never its content.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);

}  // namespace defenderd
