#include "identity/token_file.h"

#include <utility>

#include "identity/secret_file.h"
#include "identity/token_claims.h"

namespace defenderd {
namespace {

// Whoever updates the file knows when the token expires; reading it often is enough.
constexpr auto kReadAgain = std::chrono::minutes(1);

}  // namespace

TokenFile::TokenFile(std::string path, const Clock& clock)
    : path_(std::move(path)), clock_(clock) {}

ArmResult<AccessToken> TokenFile::fetch(const std::optional<TenantId>& /*tenant*/,
                                        std::stop_token /*stop*/) {
  auto token = read_secret_file(path_, SecretKind::Token);
  if (!token)
    return Unexpected(credential_failure(token.error().message + " (azure.auth.tokenFile)"));
  return AccessToken{*std::move(token), clock_.wall_now() + kReadAgain};
}

ExpiryReader token_file_expiry(std::string path, CredentialKind kind) {
  return [path = std::move(path), kind]() -> std::optional<CredentialExpiry> {
    const auto token = read_secret_file(path, SecretKind::Token);
    if (!token) return std::nullopt;
    const auto expires = expiry_of(*token);
    if (!expires) return std::nullopt;
    return CredentialExpiry{kind, *expires};
  };
}

}  // namespace defenderd
