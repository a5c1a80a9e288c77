#include "app/exposure.h"

#include <string>

namespace defenderd {
namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

void report_exposure(const ServerSettings& server, const WebAccess* access, Logger& log) {
  if (is_loopback(server.host)) return;
  if (access == nullptr || !access->is_closed()) {
    const std::string orders =
        server.lifecycle ? ", and can request reloads, reconciles and freezes" : "";
    log.log(server.lifecycle ? LogLevel::Warn : LogLevel::Info, log_event::kWebConfig,
            "whoever reaches the listen address can read the status page, the API and the "
            "metrics, which name every subscription" +
                orders + "; server.webConfigFile asks for a password or a certificate");
    return;
  }
  if (access->has_tls()) return;
  log.log(LogLevel::Warn, log_event::kWebConfig,
          "passwords cross the network unencrypted: " + server.web_config_file +
              " has users and no tls_server_config");
}

}  // namespace defenderd
