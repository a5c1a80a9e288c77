#pragma once
// The only file of net/ that knows cpp-httplib, with what is used of it: it connects to an address,
// and writes a request's head. Names, bodies, answers and TLS are ours.
//
// It uses protected members of the library, which change between releases:
// tests/net/httplib_versions builds it with each release that Debian offers, and
// cmake/Dependencies.cmake names the newest one that was tried.

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "net/http.h"
#include "net/socket_stream.h"
#include "net/socket_watchdog.h"

namespace defenderd {

struct RequestHead {
  std::string method;
  std::string target;  // as it goes into the first line, already encoded
  HttpHeaders headers = {};
};

// Not thread-safe.
class HttplibClient {
 public:
  // `handle` is attached to each socket before it connects, so that connecting can be cut.
  HttplibClient(const std::string& host, int port, Duration connect_timeout, SocketHandle& handle);
  HttplibClient(const HttplibClient&) = delete;
  HttplibClient& operator=(const HttplibClient&) = delete;
  ~HttplibClient();

  struct Connected {
    UniqueFd socket = {};  // blocks; none when connecting failed
    bool timed_out = false;
  };
  // To one of the host's addresses, as resolve() gives them.
  [[nodiscard]] Connected connect(const std::string& address);

  // Writes the head, with the headers that the library adds (Accept, User-Agent, Content-Length),
  // and the body. False when the connection is broken.
  [[nodiscard]] bool write(SocketStream& to, const RequestHead& head, std::string_view body);

 private:
  class Exchanger;
  const std::unique_ptr<Exchanger> exchanger_;
};

}  // namespace defenderd
