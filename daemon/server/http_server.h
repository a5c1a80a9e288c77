#pragma once
// The HTTP server: requests in, answers of the routes out.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/connection_loop.h"
#include "server/http.h"

namespace defenderd {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any free one
  std::vector<Route> routes = {};
  // Fewer connections are kept where the process may have few descriptors.
  ConnectionLimits limits = {};
  // Handlers threw `count` times since the last call, `what` being the last: the clients get a 500,
  // or a 503 where memory ran out, without the text. At most one call a minute.
  std::function<void(std::string_view what, std::size_t count)> on_exception = {};
  // A client did not get what it asked for. Any thread.
  std::function<void(Refused)> on_refused = {};
};

class HttpServer {
 public:
  // Listens when it returns. The Error says what to do (listener.h).
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] int port() const;

  // Takes no more connections, closes idle ones, and lets answers under way out for a second at
  // most; a handler that is running is waited for. May be called twice.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What such a number of descriptors allows: a quarter for connections, of which at most half wait
// to say what they want.
[[nodiscard]] ConnectionTable::Limits within(ConnectionTable::Limits limits,
                                             std::size_t descriptors);

}  // namespace defenderd
