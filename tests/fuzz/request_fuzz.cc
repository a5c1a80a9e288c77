// Whole requests to the real server over a real connection: the frame, the parser and the handlers,
// as a client meets them.

#include <memory>

#include "fuzz/served_fleet.h"
#include "server/http_server.h"
#include "server/raw_client.h"

using namespace defenderd;
using fuzz::require;

namespace {

class Server {
 public:
  Server() {
    HttpServerOptions options;
    options.routes = fleet_.routes();
    options.on_exception = [](std::string_view /*doing*/, std::string_view /*what*/,
                              std::size_t /*count*/) { require(false, "no handler throws"); };
    auto started = HttpServer::start(std::move(options));
    require(started.has_value(), "the server starts");
    server_ = *std::move(started);
  }
  [[nodiscard]] int port() const { return server_->port(); }

 private:
  fuzz::ServedFleet fleet_;
  std::unique_ptr<HttpServer> server_;
};

bool is_status_line(std::string_view answer) {
  return answer.size() > 12 && answer.starts_with("HTTP/1.") &&
         answer.substr(9, 3).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Server server;
  const std::string_view request = fuzz::text_of(data, size);
  RawClient client(server.port());
  require(client.connected(), "the server takes connections");
  client.send(request);  // it may be refused half-way
  ::shutdown(client.fd(), SHUT_WR);
  const std::string answer = client.read_until("\x01");  // nothing that is served holds it
  require(client.closed(), "a connection comes to its end");
  if (answer.empty()) return 0;  // no request came in whole
  require(is_status_line(answer), "an answer begins with a status line");
  require(answer.find("\r\n\r\n") != std::string::npos, "an answer has a whole head");
  // A foreign Host is repeated.
  constexpr std::string_view kShown = "EXCEPTION_WHAT";
  if (request.find(kShown) == std::string_view::npos)
    require(answer.find(kShown) == std::string::npos, "no exception is shown");
  return 0;
}
