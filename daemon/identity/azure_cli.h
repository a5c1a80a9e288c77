#pragma once
// Tokens of the user who is logged in to the Azure CLI on this machine: for workstations.
// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/token.h"
#include "identity/token_codec.h"

namespace defenderd {

struct AzureCliOptions {
  std::string program;                        // the path of `az`
  std::vector<std::string> environment = {};  // of the program: PATH, HOME, AZURE_CONFIG_DIR, ...
  std::string audience = {};                  // https://management.azure.com
  std::optional<TenantId> default_tenant = {};
  Duration timeout = std::chrono::seconds(30);
};

// Thread-safe. Each fetch runs `az account get-access-token` once.
class AzureCli final : public TokenSource {
 public:
  AzureCli(const Clock& clock, AzureCliOptions options);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  const Clock& clock_;
  const AzureCliOptions options_;
};

// Parses the program's output. Newer versions print the token's expiry in seconds since 1970, older
// ones in local time without a zone. The Error never repeats the text, which may contain a token. A
// token of another tenant than requested is an Error.
[[nodiscard]] Result<TokenAnswer> decode_cli_token(std::string_view text,
                                                   const std::optional<TenantId>& asked = {});

}  // namespace defenderd
