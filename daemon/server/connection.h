#pragma once
// One connection of a client, as the loop sees it.

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "server/answer.h"
#include "server/http.h"
#include "server/server_tls.h"

namespace defenderd {

struct Connection {
  enum class Phase {
    Reading,   // waits for a request
    Working,   // a worker handles it
    Writing,   // its answer is being sent
    Lingering  // done; waits until the client has read the answer and closes
  };
  std::uint64_t id = 0;
  UniqueFd socket = {};
  std::unique_ptr<TlsChannel> tls = {};  // nullptr: plain HTTP
  std::uint64_t rules = 0;               // the number of those that it began with
  bool has_asked = false;                // for its handshake, which has not begun yet
  bool is_idle = false;  // at the last turn there was nothing to do for it: it waits for its client
  Phase phase = Phase::Reading;
  std::string in = {};
  RouteKind kind = RouteKind::Api;  // of the request in progress
  AnswerOptions options = {};       // of its answer
  WireAnswer out = {};
  std::size_t sent = 0;  // of head and body together
  SteadyTime progress;   // when a byte was last received or sent
  SteadyTime deadline;

  // Occupies one of the places for answers. Probes do not.
  [[nodiscard]] bool is_answered() const {
    return (phase == Phase::Working || phase == Phase::Writing) && kind != RouteKind::Probe;
  }
  // Whether its handshake still has to begin. The first step costs most, and a client can ask for
  // it without effort; those that follow show that it made one.
  [[nodiscard]] bool awaits_handshake() const { return tls && !tls->has_sent(); }
};

// Whether the client has closed its side. If its handshake has not begun, it has left.
[[nodiscard]] bool has_left(const Connection& connection);

}  // namespace defenderd
