#pragma once
// The HTTP server: cpp-httplib accepts, parses and formats; waiting on connections is ours, so that
// nobody can starve the probes (connection_loop.h).

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
  ConnectionLimits limits = {};
  // Told when a handler threw: the client gets a 500 without the text.
  std::function<void(std::string_view what)> on_exception = {};
};

class HttpServer {
 public:
  // Listens when it returns. The Error says what to do: a port that is taken, a host that is not
  // ours, a port that needs privileges.
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

}  // namespace defenderd
