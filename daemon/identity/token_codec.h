#pragma once
// The JSON of the identity services: tokens, and the errors of Entra and of the endpoints of
// managed identities. Any input gives a value, never an exception. Texts are foreign_text():
// whatever answers at that address may repeat what it was sent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

// A token as the identity endpoints answer it: expires_in and expires_on as number or as text.
struct TokenAnswer {
  Secret token;
  std::optional<Duration> expires_in = {};
  std::optional<WallTime> expires_on = {};
  // What it is for and whose it is, where the service says so.
  std::string resource = {};
  std::string client_id = {};
};
// A token's end from seconds since 1970; nullopt where no token can end: before 1970, or after
// 2200, which is near what the clock can hold.
[[nodiscard]] std::optional<WallTime> token_end(std::int64_t epoch_seconds);

// The error never repeats the body: it may hold a token.
[[nodiscard]] Result<TokenAnswer> decode_token(std::string_view body);

// Entra's error answer, and that of the managed identity services.
struct EntraError {
  std::string error = {};  // "invalid_client"
  std::string description = {};
  std::vector<int> codes = {};  // AADSTS numbers
  std::string trace_id = {};
  std::string correlation_id = {};
};
[[nodiscard]] EntraError decode_entra_error(std::string_view body);

}  // namespace defenderd
