#include "app/state.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "telemetry/state_file.h"

namespace defenderd {

bool is_regular_file(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && path != "-" && std::filesystem::is_regular_file(path, ignored);
}

std::string state_path(const Settings& settings) {
  if (!settings.state_file.empty() || !is_regular_file(settings.journal_file)) {
    return settings.state_file;
  }
  return std::filesystem::path(settings.journal_file).replace_filename("state.json").string();
}

Result<std::unique_ptr<StateStore>> open_state(const Settings& settings, bool read_only) {
  std::string path = state_path(settings);
  if (path.empty()) return std::unique_ptr<StateStore>();
  std::error_code ignored;
  if (path == settings.journal_file ||
      std::filesystem::equivalent(path, settings.journal_file, ignored)) {
    return Unexpected(
        Error{"the state file " + path + " is also journal.file: use another name for state.file"});
  }
  if (read_only) return std::unique_ptr<StateStore>(StateFile::open_to_read(std::move(path)));
  auto file = StateFile::open(std::move(path));
  if (!file) return Unexpected(file.error());
  return std::unique_ptr<StateStore>(*std::move(file));
}

}  // namespace defenderd
