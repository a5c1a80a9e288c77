#include "app/exposure.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/list_text.h"
#include "base/scrub.h"
#include "desired/web_config.h"

namespace defenderd {
namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// "" if only its owner and group may.
std::string open_to_all(const std::string& path, bool is_secret) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  if ((status.st_mode & S_IWOTH) != 0) return "write " + shown_path(path);
  return is_secret && (status.st_mode & S_IROTH) != 0 ? "read " + shown_path(path) : "";
}

}  // namespace

void report_open_files(const ServerSettings& server, Logger& log) {
  if (server.web_config_file.empty()) return;
  std::vector<std::string> found{open_to_all(server.web_config_file, false)};
  const auto web = read_web_config_file(server.web_config_file).content;
  if (web && web->tls) {
    found.push_back(open_to_all(web->tls->cert_file, false));
    found.push_back(open_to_all(web->tls->key_file, true));
    found.push_back(open_to_all(web->tls->client_ca_file, false));
  }
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
