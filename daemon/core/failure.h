#pragma once
// A failed request to ARM: why, what happens next, and the ids that Azure's support asks
// for.

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "core/reason.h"

namespace defenderd {

// What a failure means for the subscription's schedule.
enum class NextTry {
  Soon,        // transient: exponential back-off from poll.retry.min
  Busy,        // another update is in progress: 10-15 s, growing; not a failure until it lasts
  ServerWait,  // the server said how long
  Slow,        // does not pass soon, a person must act: slow_wait()
};

// Ids of one request to ARM. Empty if there was none.
struct ArmTrace {
  std::string request_id = {};         // x-ms-request-id, or x-ms-routing-request-id without one
  std::string correlation_id = {};     // x-ms-correlation-request-id
  std::string client_request_id = {};  // ours, x-ms-client-request-id
  bool operator==(const ArmTrace&) const = default;
};

struct Failure {
  Reason reason = Reason::InternalError;
  std::string message = {};  // for people, with what to do; never a secret
  NextTry next = NextTry::Soon;
  std::optional<Duration> server_wait = {};
  // How long what it waits for has lasted, if that began before this attempt.
  Duration lasted{0};
  int http_status = 0;           // 0: no answer
  std::string arm_code = {};     // error.code of the body
  std::string arm_message = {};  // ARM's own words, printable and bounded
  ArmTrace trace = {};
  // A PUT that may have been applied although there was no answer: observe before writing again.
  bool maybe_applied = false;
  bool operator==(const Failure&) const = default;
};

// Whether a server has answered the request for a token, and gave none.
[[nodiscard]] inline bool is_token_refused(const Failure& failure) {
  return failure.reason == Reason::CredentialFailed && failure.http_status != 0;
}

template <class T>
using ArmResult = Result<T, Failure>;

}  // namespace defenderd
