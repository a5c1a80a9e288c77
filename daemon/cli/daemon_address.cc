#include "cli/daemon_address.h"

#include <stop_token>
#include <utility>

#include "app/build_info.h"
#include "base/scrub.h"
#include "base/text.h"
#include "desired/config.h"
#include "net/https_transport.h"

namespace defenderd {

Result<Origin> daemon_origin(const ServerSettings& server) {
  if (server.port == 0) {
    return Unexpected(
        Error{"server.listen lets the system choose the port; set it with --url (the log has it)"});
  }
  Origin origin{.tls = false, .host = server.host, .port = server.port};
  if (origin.host.empty() || origin.host == "0.0.0.0") origin.host = "127.0.0.1";
  if (origin.host == "::") origin.host = "::1";
  return origin;
}

Result<Origin> find_daemon(const CommandLine& line) {
  if (!line.url.empty()) {
    auto origin = Origin::parse(line.url);
    if (origin && !origin->tls) return origin;
    return Unexpected(
        Error{"--url: expected http://HOST or http://HOST:PORT and nothing after it"});
  }
  auto settings = load_settings(line.config_path);
  if (!settings) return Unexpected(settings.error());
  auto origin = daemon_origin(settings->server);
  if (!origin) return Unexpected(Error{line.config_path + ": " + origin.error().message});
  return origin;
}

Result<HttpResponse> call_daemon(HttpRequest request) {
  const auto transport = HttpsTransport::create_plain(request.timeout);
  request.headers.emplace_back("User-Agent", build_user_agent());
  auto answer = transport->send(request, std::stop_token());
  if (!answer) return Unexpected(Error{answer.error().message});
  return *std::move(answer);
}

std::string answer_text(const Origin& daemon, std::string_view path, const HttpResponse& answer) {
  return daemon.text() + std::string(path) + " answered " + std::to_string(answer.status) + ": " +
         foreign_text(trim(answer.body));
}

}  // namespace defenderd
