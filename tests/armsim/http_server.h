#pragma once
// httplib's server with what it lacks here: answers that break on the wire, as many connections at
// a time as come, a stop that ends all of them at once, and TLS from certificates in memory.

#include <functional>
#include <memory>
#include <string>

#include "armsim/certificates.h"
#include "armsim/http_message.h"
#include "base/result.h"

namespace armsim {

class HttpServer {
 public:
  // Called by many threads at a time. Must return soon after stop() was called.
  using Handler = std::function<HttpAnswer(const HttpRequest&)>;

  explicit HttpServer(Handler handler);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Starts serving. `certificate` null = plain HTTP. The value is the port.
  [[nodiscard]] defenderd::Result<int> start(const std::string& host, int port,
                                             const ServerCertificate* certificate);
  void stop();

 private:
  class Core;
  Handler handler_;
  std::unique_ptr<Core> core_;
};

}  // namespace armsim
