#pragma once
// Sockets to and on 127.0.0.1.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "base/unique_fd.h"

namespace defenderd::attack {

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A socket that does not block, on its way to the port; none where that was refused at once. Its
// end leaves nothing behind in the system, so that many may come and go.
UniqueFd connect_to(int port, int receive_buffer = 0);

}  // namespace defenderd::attack
