#pragma once
// One connection of a client, as the loop keeps it.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "server/answer.h"
#include "server/http.h"

namespace defenderd {

struct Connection {
  enum class Phase {
    Reading,   // waits for a request
    Working,   // a worker has it
    Writing,   // its answer goes out
    Lingering  // answered for good; waits until the client has read it and closes
  };
  std::uint64_t id = 0;
  UniqueFd socket = {};
  Phase phase = Phase::Reading;
  std::string in = {};
  RouteKind kind = RouteKind::Api;  // of the request that is answered
  AnswerOptions options = {};       // of its answer
  WireAnswer out = {};
  std::size_t sent = 0;  // of head and body together
  SteadyTime progress;   // when a byte last came or went
  SteadyTime deadline;

  // Takes one of the places for answers. Probes take none.
  [[nodiscard]] bool is_answered() const {
    return (phase == Phase::Working || phase == Phase::Writing) && kind != RouteKind::Probe;
  }
};

}  // namespace defenderd
