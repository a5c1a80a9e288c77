#include "cli/start_notes.h"

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "app/web_watch.h"
#include "base/read_file.h"
#include "base/scrub.h"
#include "base/write_file.h"
#include "desired/web_config.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;

void warn(StartNotes& notes, std::string_view key, const std::string& path,
          const std::string& what) {
  notes.warnings.push_back({"", std::string(key) + ": " + shown_path(path) + ": " + what +
                                    "; a defenderd that runs here does not start"});
}

// Whether it can be read.
bool look_at(StartNotes& notes, std::string_view key, const std::string& path) {
  if (path.empty()) return true;
  const auto text = read_file(path, kMaxFile);
  if (!text) warn(notes, key, path, text.error().message);
  return text.has_value();
}

void look_at_folder(StartNotes& notes, std::string_view key, const std::string& path) {
  if (path.empty() || path == "-") return;
  const auto mode = file_mode(folder_of(path));
  if (mode && S_ISDIR(*mode)) return;
  warn(notes, key, path, "its folder does not exist");
}

void look_at_web(StartNotes& notes, const ServerSettings& server) {
  constexpr std::string_view kKey = "server.webConfigFile";
  const std::string& path = server.web_config_file;
  if (path.empty()) return;
  auto text = read_file(path, kMaxFile);
  if (!text) return warn(notes, kKey, path, text.error().message);
  auto config = read_web_config(*text, path);
  if (!config) {
    notes.problems = std::move(config.error());
    return;
  }
  if (config->tls) {
    bool can_read = true;
    for (const std::string* const file :
         {&config->tls->cert_file, &config->tls->key_file, &config->tls->client_ca_file})
      can_read = look_at(notes, kKey, *file) && can_read;
    if (!can_read) return;
  }
  // Whether the certificates can be used, and the key belongs to its certificate.
  if (const auto web = WebWatch::try_now(server); !web)
    notes.problems.push_back({.path = std::string(kKey), .message = web.error().message});
}

}  // namespace

StartNotes start_notes(const Settings& settings) {
  StartNotes notes;
  const AuthSettings& auth = settings.azure.auth;
  look_at(notes, "azure.auth.clientSecretFile", auth.client_secret_file);
  look_at(notes, "azure.auth.certificateFile", auth.certificate_file);
  look_at(notes, "azure.auth.tokenFile", auth.token_file);
  look_at(notes, "azure.endpoints.caFile", settings.azure.endpoints.ca_file);
  if (settings.coordination.enabled) {
    look_at(notes, "coordination.kubernetes.caFile", settings.coordination.ca_file);
    look_at(notes, "coordination.kubernetes.tokenFile", settings.coordination.token_file);
  }
  look_at_folder(notes, "journal.file", settings.journal_file);
  look_at_folder(notes, "state.file", settings.state_file);
  look_at_web(notes, settings.server);
  return notes;
}

}  // namespace defenderd
