#include "cli/daemon_address.h"

#include "desired/config.h"

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

}  // namespace defenderd
