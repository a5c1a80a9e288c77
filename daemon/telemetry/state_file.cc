#include "telemetry/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/file_owner.h"
#include "base/read_file.h"
#include "base/slow_call.h"
#include "base/write_file.h"

namespace defenderd {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR;

// What follows runs on a helper thread, so it owns what it uses.

Error problem(const std::string& path, std::string_view what) {
  const std::string why = std::error_code(errno, std::system_category()).message();
  return Error{"cannot " + std::string(what) + " the state file " + path + ": " + why};
}

bool has_no_locks(int error) { return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS; }

// Not open, with errno, if FILE.lock cannot be opened for now: its folder is read-only, the disk is
// full. Without lock support, continue.
Result<UniqueFd> take_lock(const std::string& path) {
  struct stat status {};
  if (stat(folder_of(path).c_str(), &status) != 0) {
    return Unexpected(
        Error{problem(path, "open").message + "; state.file must be a file in an existing folder"});
  }
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Unexpected(Error{"cannot open the state file " + path + ": it is not a regular file"});
  }
  // A document of another user is intact: nothing in it may be forgotten.
  if (const std::string lacking = lacking_permission(path, R_OK); !lacking.empty()) {
    return Unexpected(
        Error{"cannot read the state file " + path + ": Permission denied" + lacking});
  }
  const std::string name = path + ".lock";
  if (lstat(name.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Unexpected(Error{"cannot lock the state file " + path + ": " + name +
                            " is not a regular file; delete it, and let defenderd create it"});
  }
  UniqueFd lock = open_or_create(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode);
  const int error = errno;
  if (const std::string lacking = lacking_permission(name, R_OK | W_OK); !lacking.empty()) {
    return Unexpected(Error{"cannot lock the state file " + path + ": " + name +
                            ": Permission denied" + lacking});
  }
  if (!lock.is_open()) {
    errno = error;
    return lock;
  }
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0 || has_no_locks(errno)) return lock;
  if (errno != EWOULDBLOCK) return Unexpected(problem(path, "lock"));
  return Unexpected(Error{"the state file " + path +
                          " is in use by another defenderd; each needs its own state.file"});
}

Result<std::optional<std::string>> read(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<std::string>();
  auto text = read_file_here(path, kMaxStateBytes);
  if (!text) {
    return Unexpected(Error{"cannot read the state file " + path + ": " + text.error().message});
  }
  return std::optional(*std::move(text));
}

// The file that is replaced: where a symbolic link leads. Whoever else may write to the folder does
// not choose a file of ours by a link: that is replaced itself.
std::string target_of(std::string path) {
  constexpr int kMaxLinks = 8;
  for (int i = 0; i < kMaxLinks; ++i) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) break;
    if (status.st_uid != geteuid() && status.st_uid != 0) break;
    std::error_code error;
    const auto next = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = (std::filesystem::path(path).parent_path() / next).string();
  }
  return path;
}

// The first one may be the only one that people miss.
std::string free_name(const std::string& path) {
  constexpr int kMaxKept = 5;
  std::string name = path + ".damaged";
  for (int number = 1; number < kMaxKept && access(name.c_str(), F_OK) == 0; ++number)
    name = path + ".damaged." + std::to_string(number);
  return name;
}

Result<Done> replace(const std::string& named, std::string_view document, bool keep) {
  const std::string path = target_of(named);
  if (keep && std::rename(path.c_str(), free_name(path).c_str()) != 0 && errno != ENOENT)
    return Unexpected(problem(path, "set aside"));
  const std::string fresh = path + ".new";
  // Remove one that a crash left behind first: it may be a link, or have another mode.
  static_cast<void>(unlink(fresh.c_str()));
  UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (file.get() < 0) return Unexpected(problem(path, "write"));
  struct stat owned {};
  if (stat(path.c_str(), &owned) == 0 || stat(folder_of(path).c_str(), &owned) == 0)
    give_to_owner_of(file.get(), owned);
  if (!write_all(file.get(), document) || fsync(file.get()) != 0 ||
      std::rename(fresh.c_str(), path.c_str()) != 0) {
    const Error error = problem(path, "write");
    static_cast<void>(unlink(fresh.c_str()));
    return Unexpected(error);
  }
  if (!sync_folder(path)) return Unexpected(problem(path, "write"));
  return Done{};
}

// Differs after any change of the file; "gone" if there is none.
Result<std::string> version_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::string("gone");
    return Unexpected(problem(path, "find"));
  }
  std::string version;
  for (const auto part :
       {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
        static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_mtim.tv_sec),
        static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
    version += std::to_string(part) + " ";
  return version;
}

Result<std::string> move_aside(const std::string& named) {
  const std::string path = target_of(named);
  std::string aside = free_name(path);
  if (std::rename(path.c_str(), aside.c_str()) != 0) return Unexpected(problem(path, "set aside"));
  static_cast<void>(sync_folder(path));
  return aside;
}

template <class Work>
auto in_time(const std::string& path, Work work) {
  return within(kFileDeadline, path, std::move(work), "the state file " + path + " ");
}

}  // namespace

std::unique_ptr<StateFile> StateFile::open_to_read(std::string path) {
  return std::unique_ptr<StateFile>(new StateFile(std::move(path), nullptr));
}

Result<std::unique_ptr<StateFile>> StateFile::open(std::string path) {
  auto lock = in_time(path, [path] { return take_lock(path); });
  if (!lock) return Unexpected(lock.error());
  return std::unique_ptr<StateFile>(
      new StateFile(std::move(path), std::make_shared<const UniqueFd>(*std::move(lock))));
}

Result<std::optional<std::string>> StateFile::load() {
  auto text = in_time(path_, [path = path_] { return read(path); });
  unread_ = !text;
  return text;
}

Result<Done> StateFile::save(std::string_view document) {
  if (!fits(document)) {
    errno = EFBIG;
    return Unexpected(problem(path_, "write"));
  }
  struct Saved {
    std::string version;
    Lock lock;
  };
  auto saved = in_time(path_,
                       [path = path_, lock = lock_, owned = std::string(document),
                        keep = unread_]() mutable -> Result<Saved> {
                         if (!lock->is_open()) {
                           auto taken = take_lock(path);
                           if (!taken) return Unexpected(taken.error());
                           if (!taken->is_open()) return Unexpected(problem(path, "lock"));
                           lock = std::make_shared<const UniqueFd>(*std::move(taken));
                         }
                         if (auto done = replace(path, owned, keep); !done)
                           return Unexpected(done.error());
                         auto version = version_of(path);
                         if (!version) return Unexpected(version.error());
                         return Saved{*std::move(version), lock};
                       });
  if (!saved) return Unexpected(saved.error());
  unread_ = false;
  saved_ = std::move(saved->version);
  lock_ = std::move(saved->lock);
  return Done{};
}

bool StateFile::fits(std::string_view document) const { return document.size() <= kMaxStateBytes; }

bool StateFile::was_replaced() {
  if (saved_.empty()) return false;
  const auto now = in_time(path_, [path = path_] { return version_of(path); });
  return now && *now != saved_;
}

Result<std::string> StateFile::set_aside() {
  auto aside = in_time(path_, [path = path_, lock = lock_] { return move_aside(path); });
  if (aside) unread_ = false;
  return aside;
}

}  // namespace defenderd
