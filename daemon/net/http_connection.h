#pragma once
// One connection to a server, direct or through a proxy. cpp-httplib connects and writes the heads
// of requests (HttplibClient); answers are read by AnswerFrame, and TLS is ours: the library would
// match an answer's first line by a recursive matcher, read its head byte by byte from OpenSSL, and
// load the trusted certificates for each connection.

#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/proxy.h"
#include "net/socket_watchdog.h"
#include "net/tls.h"

namespace defenderd {

// Not thread-safe: one exchange at a time.
class HttpConnection {
 public:
  struct Options {
    Duration connect_timeout = std::chrono::seconds(5);
    const ProxyAddress* proxy = nullptr;  // outlives the connection; nullptr: direct
    // Not to be used for another request from this time on.
    SteadyTime renew_at = SteadyTime::max();
  };
  // Connects with the first exchange. `tls` must outlive it.
  HttpConnection(const Origin& origin, const TlsContext& tls, const Options& options);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection();

  // Ends at the deadline, which the watchdog enforces, and when `stop` is requested. After an error
  // the connection cannot be used again.
  [[nodiscard]] Result<HttpResponse, TransportError> exchange(const HttpRequest& request,
                                                              SocketWatchdog& watchdog,
                                                              SteadyTime deadline,
                                                              const std::stop_token& stop);

  [[nodiscard]] SteadyTime renew_at() const;
  // Whether the server's last answer says that it accepts another request.
  [[nodiscard]] bool keeps_alive() const;
  // The same, and the server has not closed the connection since.
  [[nodiscard]] bool is_usable() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace defenderd
