#include "app/exposure.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/host_port.h"
#include "base/list_text.h"
#include "base/read_file.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

// "" if only its owner and group may.
std::string open_to_all(const WebWatch::File& file) {
  const mode_t mode = file_mode(file.path).value_or(0);
  if ((mode & S_IWOTH) != 0) return "write " + shown_path(file.path);
  return file.is_secret && (mode & S_IROTH) != 0 ? "read " + shown_path(file.path) : "";
}

}  // namespace

void report_open_files(const WebWatch* web, Logger& log) {
  if (web == nullptr) return;
  std::vector<std::string> found;
  for (const WebWatch::File& file : web->files()) found.push_back(open_to_all(file));
  std::erase(found, "");
  if (found.empty()) return;
  log.log(LogLevel::Warn, log_event::kWebConfig,
          "every user of this machine can " + joined(found) + "; use modes like 0640");
}

void report_exposure(const ServerSettings& server, const WebAccess* access, Logger& log) {
  if (is_loopback(server.host)) return;
  if (access == nullptr || !access->is_closed()) {
    const std::string orders =
        server.lifecycle ? ", and can request reloads, reconciles and freezes" : "";
    log.log(server.lifecycle ? LogLevel::Warn : LogLevel::Info, log_event::kWebConfig,
            "anyone who can reach the listen address can read the status page, the API and the "
            "metrics, which name every subscription" +
                orders + "; set server.webConfigFile to require a password or a certificate");
    return;
  }
  if (access->has_tls()) return;
  log.log(LogLevel::Warn, log_event::kWebConfig,
          "passwords cross the network unencrypted: " + server.web_config_file +
              " has users and no tls_server_config");
}

}  // namespace defenderd
