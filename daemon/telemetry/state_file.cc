#include "telemetry/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/file_owner.h"
#include "base/read_file.h"
#include "base/write_file.h"

namespace defenderd {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR;

}  // namespace

Error StateFile::problem(std::string_view what) const {
  const std::string why = std::error_code(errno, std::system_category()).message();
  return Error{"cannot " + std::string(what) + " the state file " + path_ + ": " + why};
}

std::unique_ptr<StateFile> StateFile::open_to_read(std::string path) {
  return std::unique_ptr<StateFile>(new StateFile(std::move(path)));
}

Result<std::unique_ptr<StateFile>> StateFile::open(std::string path) {
  std::unique_ptr<StateFile> file = open_to_read(std::move(path));
  struct stat status {};
  if (stat(folder_of(file->path_).c_str(), &status) != 0) {
    return Unexpected(
        Error{file->problem("open").message + "; state.file must be a file in an existing folder"});
  }
  if (stat(file->path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Unexpected(
        Error{"cannot open the state file " + file->path_ + ": it is not a regular file"});
  }
  // A document of another user is intact: nothing in it may be forgotten.
  if (const std::string lacking = lacking_permission(file->path_, R_OK); !lacking.empty()) {
    return Unexpected(
        Error{"cannot read the state file " + file->path_ + ": Permission denied" + lacking});
  }
  const std::string lock = file->path_ + ".lock";
  file->lock_ = open_or_create(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode);
  if (const std::string lacking = lacking_permission(lock, R_OK | W_OK); !lacking.empty()) {
    return Unexpected(Error{"cannot lock the state file " + file->path_ + ": " + lock +
                            ": Permission denied" + lacking});
  }
  // Without lock support, continue.
  if (file->lock_.get() >= 0 && flock(file->lock_.get(), LOCK_EX | LOCK_NB) != 0 &&
      errno == EWOULDBLOCK) {
    return Unexpected(Error{"the state file " + file->path_ +
                            " is in use by another defenderd; each needs its own state.file"});
  }
  return file;
}

Result<std::optional<std::string>> StateFile::load() {
  if (access(path_.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<std::string>();
  auto text = read_file(path_, kMaxStateBytes);
  if (!text) {
    return Unexpected(Error{"cannot read the state file " + path_ + ": " + text.error().message});
  }
  return std::optional(*std::move(text));
}

Result<Done> StateFile::save(std::string_view document) {
  if (document.size() > kMaxStateBytes) {
    errno = EFBIG;
    return Unexpected(problem("write"));
  }
  const std::string fresh = path_ + ".new";
  // Remove one that a crash left behind first: it may be a link, or have another mode.
  static_cast<void>(unlink(fresh.c_str()));
  UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (file.get() < 0) return Unexpected(problem("write"));
  struct stat owned {};
  if (stat(path_.c_str(), &owned) == 0 || stat(folder_of(path_).c_str(), &owned) == 0)
    give_to_owner_of(file.get(), owned);
  if (!write_all(file.get(), document) || fsync(file.get()) != 0 ||
      std::rename(fresh.c_str(), path_.c_str()) != 0) {
    const Error error = problem("write");
    static_cast<void>(unlink(fresh.c_str()));
    return Unexpected(error);
  }
  if (!sync_folder(path_)) return Unexpected(problem("write"));
  return Done{};
}

Result<std::string> StateFile::set_aside() {
  std::string aside = path_ + ".damaged";
  if (std::rename(path_.c_str(), aside.c_str()) != 0) return Unexpected(problem("set aside"));
  static_cast<void>(sync_folder(path_));
  return aside;
}

}  // namespace defenderd
