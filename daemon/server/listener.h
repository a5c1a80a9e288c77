#pragma once
// The socket that the server listens on. The only place of the server that uses cpp-httplib: it
// resolves the host and binds, and never sees a byte of a client.

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace defenderd {

struct Listener {
  UniqueFd socket;  // non-blocking
  int port = 0;
};

// Port 0: any free one. The Error says what to do: the port is in use, the host is not this
// machine's, the port needs privileges.
[[nodiscard]] Result<Listener> listen_on(const std::string& host, int port);

// The same socket once more: it goes on listening when one of them is closed.
[[nodiscard]] Result<Listener> shared(const Listener& listener);

}  // namespace defenderd
