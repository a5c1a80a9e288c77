#pragma once
// The socket that the server listens on. The only place of the server that knows cpp-httplib: it
// resolves the host and binds, and never sees a byte of a client.

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace defenderd {

struct Listener {
  UniqueFd socket;  // does not block
  int port = 0;
};

// Port 0: any free one. The Error says what to do: a port that is taken, a host that is not ours, a
// port that needs privileges.
[[nodiscard]] Result<Listener> listen_on(const std::string& host, int port);

}  // namespace defenderd
