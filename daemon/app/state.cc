#include "app/state.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/slow_call.h"
#include "telemetry/state_file.h"

namespace defenderd {
namespace {

// Of the file that a path leads to.
struct Identity {
  dev_t device;
  ino_t inode;
  bool is_regular;
};

// nullopt: there is none. An Error: its file system does not answer.
Result<std::optional<Identity>> identity_of(const std::string& path, std::string_view subject) {
  return within(
      kFileDeadline, path,
      [path] {
        using Found = Result<std::optional<Identity>>;
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) return Found(std::nullopt);
        return Found(Identity{status.st_dev, status.st_ino, S_ISREG(status.st_mode)});
      },
      subject);
}

bool is_same(const std::optional<Identity>& one, const std::optional<Identity>& other) {
  return one && other && one->device == other->device && one->inode == other->inode;
}

Error is_the_journal(const std::string& state) {
  return Error{"the state file " + state +
               " is also journal.file: use another name for state.file"};
}

}  // namespace

bool is_regular_file(const std::string& path) {
  if (path.empty() || path == "-") return false;
  const auto found = identity_of(path, "");
  return !found || (*found && (*found)->is_regular);
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
  if (path == settings.journal_file) return Unexpected(is_the_journal(path));
  const auto state = identity_of(path, "the state file " + path + " ");
  // Who only reads learns that from load(), and goes on without it.
  if (!state && !read_only) return Unexpected(state.error());
  if (state && !settings.journal_file.empty()) {
    const auto journal = identity_of(settings.journal_file, "");
    if (journal && is_same(*state, *journal)) return Unexpected(is_the_journal(path));
  }
  if (read_only) return std::unique_ptr<StateStore>(StateFile::open_to_read(std::move(path)));
  auto file = StateFile::open(std::move(path));
  if (!file) return Unexpected(file.error());
  return std::unique_ptr<StateStore>(*std::move(file));
}

}  // namespace defenderd
