#pragma once
// The HTTP server: passes requests to routes and sends their answers.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/heartbeat.h"
#include "base/result.h"
#include "server/connection_loop.h"
#include "server/http.h"
#include "server/listener.h"
#include "server/web_access.h"

namespace defenderd {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any free one
  // Already listens, for host and port; not closed with the server. nullptr: it listens itself.
  const Listener* listener = nullptr;
  std::vector<Route> routes = {};
  // Measures how late a client is; outlives the server. The system clock if null.
  const Clock* clock = nullptr;
  Heartbeats* heartbeats = nullptr;  // of its threads; outlives it
  // Who may call it; outlives it. nullptr: anybody, over plain HTTP.
  const WebAccess* access = nullptr;
  ConnectionLimits limits = {};
  // How many the process may have: with few, fewer connections are allowed. nullopt: no limit is
  // known.
  std::optional<std::size_t> descriptors = {};
  // There were `count` exceptions since the last call, of which `what` is the last, and `doing`
  // says where, like "handling a request": its client gets a 500, or a 503 if memory ran out,
  // without the text; elsewhere, its connection is closed. At most one call per minute.
  std::function<void(std::string_view doing, std::string_view what, std::size_t count)>
      on_exception = {};
  // A client's request was refused or its connection closed. Any thread.
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

  // Stops accepting, closes idle connections, and gives answers in progress at most a second; waits
  // for running handlers. May be called twice.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The limits for this number of descriptors: a quarter for connections, of which at most half wait
// for a request.
[[nodiscard]] ConnectionTable::Limits within(ConnectionTable::Limits limits,
                                             std::size_t descriptors);

}  // namespace defenderd
