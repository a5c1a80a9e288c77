#pragma once
// An access token from a file that somebody else keeps fresh: a sidecar, a test.

#include <string>

#include "base/clock.h"
#include "identity/token.h"

namespace defenderd {

// Thread-safe. The file holds the token alone and is read again every minute. The same token serves
// every tenant.
class TokenFile final : public TokenSource {
 public:
  TokenFile(std::string path, const Clock& clock);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  const std::string path_;
  const Clock& clock_;
};

}  // namespace defenderd
