#pragma once
// An access token from a file that something else updates: a sidecar, a test.

#include <string>

#include "base/clock.h"
#include "identity/credential_expiry.h"
#include "identity/token.h"

namespace defenderd {

// Thread-safe. The file contains only the token and is read again every minute. The same token is
// used for every tenant.
class TokenFile final : public TokenSource {
 public:
  TokenFile(std::string path, const Clock& clock);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  const std::string path_;
  const Clock& clock_;
};

// Of a JSON Web Token in a file, as the token itself says.
[[nodiscard]] ExpiryReader token_file_expiry(std::string path, CredentialKind kind);

}  // namespace defenderd
