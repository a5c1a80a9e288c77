#pragma once
// What connections may take of the server, and why one is refused or closed.

#include <cstddef>

#include "base/clock.h"
#include "server/connection_table.h"
#include "server/request_frame.h"

namespace defenderd {

struct ConnectionLimits {
  FrameLimits frame = {};
  Duration request = std::chrono::seconds(10);  // for a whole request; and for a whole answer
  Duration idle = std::chrono::seconds(75);     // between requests; longer than a usual scrape's
  Duration linger = std::chrono::seconds(1);    // for the client to close, and for stop()
  ConnectionTable::Limits table = {};
  // The memory of answers that clients do not read; two of the largest answer always fit.
  std::size_t unsent = std::size_t{64} << 20U;
  std::size_t logins = 16;  // requests that wait for the verification of a password
};

// Why a client's request was refused or its connection closed early. In the order of
// kHttpRefusals.
enum class Refused {
  Malformed,  // not HTTP, beyond a limit, or too slow
  Busy,       // too many requests are in progress
  Memory,     // too much is unsent
  Evicted,    // it made no progress, and another one needed the place
  Tls,        // the handshake failed
  Denied      // no certificate, user name or password that is accepted
};

}  // namespace defenderd
