#include "identity/token.h"

#include <algorithm>
#include <utility>

#include "base/scrub.h"
#include "identity/token_codec.h"

namespace defenderd {

Failure credential_failure(std::string_view message, NextTry next) {
  Failure failure;
  failure.reason = Reason::CredentialFailed;
  failure.message = outgoing_text(message);
  failure.next = next;
  return failure;
}

AccessToken to_access_token(TokenAnswer answer, WallTime now) {
  // Long enough to be useful, short enough that an error does not last.
  constexpr auto kUnsaid = std::chrono::minutes(5);
  std::optional<WallTime> expires = answer.expires_on;
  if (answer.expires_in) {
    const WallTime by_life =
        now + std::chrono::duration_cast<WallTime::duration>(*answer.expires_in);
    // A cached token's lifetime may be counted from its issue, and a date in the past indicates a
    // wrong clock.
    expires = expires && *expires > now ? std::min(*expires, by_life) : by_life;
  }
  return {std::move(answer.token), expires.value_or(now + kUnsaid)};
}

}  // namespace defenderd
