#pragma once
// The JSON of the identity services: tokens, and the errors of Entra and of the managed identity
// endpoints. Any input gives a value, never an exception. Texts are foreign_text(), because the
// server at that address may repeat what it was sent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http.h"

namespace defenderd {

// A token as the identity endpoints return it: expires_in and expires_on as number or as text.
struct TokenAnswer {
  Secret token;
  std::optional<Duration> expires_in = {};
  std::optional<WallTime> expires_on = {};
  // Its audience and identity, if the service reports them.
  std::string resource = {};
  std::string client_id = {};
};
// A token's expiry from seconds since 1970; nullopt if it cannot be one: before 1970, or after
// 2200, which is near the limit of the clock.
[[nodiscard]] std::optional<WallTime> token_end(std::int64_t epoch_seconds);

// The error never repeats the body, which may contain a token.
[[nodiscard]] Result<TokenAnswer> decode_token(std::string_view body);

// `why` decode_token() failed, and what to check if the body is nothing like an answer with a
// token.
[[nodiscard]] std::string unreadable_token(const HttpResponse& response, const std::string& why);

// Entra's error answer, and that of the managed identity services.
struct EntraError {
  std::string error = {};        // "invalid_client"
  std::string description = {};  // App Service calls it "message"
  std::vector<int> codes = {};   // AADSTS numbers
  std::string trace_id = {};
  std::string correlation_id = {};
};
[[nodiscard]] EntraError decode_entra_error(std::string_view body);

}  // namespace defenderd
