#pragma once
// Access tokens, and the port to their source.

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

struct TokenAnswer;

// Limits an answer with a token, or with the reason why there is none; they have a few KiB.
inline constexpr std::size_t kMaxTokenAnswer = std::size_t{1} << 20U;

struct AccessToken {
  Secret value;
  WallTime expires;
};

// The source of tokens. Thread-safe. Blocks until there is a token, there can be none, or `stop` is
// requested. A failure's message says which credential failed and what to do; it never contains a
// secret.
class TokenSource {
 public:
  TokenSource() = default;
  TokenSource(const TokenSource&) = delete;
  TokenSource& operator=(const TokenSource&) = delete;
  virtual ~TokenSource() = default;

  // A new token for the tenant; nullopt is the default tenant.
  virtual ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                                       std::stop_token stop) = 0;
};

// CredentialFailed with this message.
[[nodiscard]] Failure credential_failure(std::string_view message, NextTry next = NextTry::Soon);

// The earlier of the two expiry times in the answer; `now` is when it arrived.
[[nodiscard]] AccessToken to_access_token(TokenAnswer answer, WallTime now);

}  // namespace defenderd
