#include "desired/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace defenderd {
namespace {

namespace fs = std::filesystem;

// What open, stat and read call it.
std::string system_words(int error) { return std::generic_category().message(error); }

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

// Closes the descriptor at the end of the scope.
class OpenFile {
 public:
  // Not blocking: opening a named pipe would wait for its writer.
  explicit OpenFile(const std::string& name)
      : descriptor_(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_of(const std::string& name) {
  FileStamp stamp{.name = name};
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) return stamp;
  stamp.device = status.st_dev;
  stamp.inode = status.st_ino;
  stamp.size = static_cast<std::uint64_t>(status.st_size);
  stamp.modified_ns = nanoseconds(status.st_mtim);
  stamp.changed_ns = nanoseconds(status.st_ctim);
  return stamp;
}

Result<std::string> read_file(const std::string& name) {
  const auto fail = [](std::string message) { return Unexpected(Error{std::move(message)}); };
  const OpenFile file(name);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT) return fail("no such file");
    return fail("cannot be read: " + system_words(error));
  }
  if (S_ISDIR(status.st_mode)) return fail("a folder, expected a file");
  if (!S_ISREG(status.st_mode)) return fail("not a regular file");
  const std::string too_large = "larger than " + mebibytes(kMaxFileSize) + ": split it";
  if (static_cast<std::uint64_t>(status.st_size) > kMaxFileSize) return fail(too_large);
  // The size is a hint only: the file may grow while it is read.
  std::string text(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t used = 0;
  while (true) {
    if (used == text.size()) text.resize(text.size() * 2);
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("cannot be read: " + system_words(errno));
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > kMaxFileSize) return fail(too_large);
  }
  text.resize(used);
  return text;
}

bool is_wanted(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

// The files behind `path`: itself, or those of the folder.
Result<std::vector<std::string>> list(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> names;
  fs::directory_iterator it(path, error);
  for (const fs::directory_iterator end; !error && it != end; it.increment(error)) {
    std::error_code ignored;  // a dangling link is listed, so that reading it says so
    if (is_wanted(it->path()) && !it->is_directory(ignored)) names.push_back(it->path().string());
  }
  if (error) return Unexpected(Error{"cannot be listed: " + error.message()});
  if (names.empty()) {
    return Unexpected(Error{"a folder without files: expected at least one *.yaml or *.yml"});
  }
  if (names.size() > kMaxFiles) {
    return Unexpected(Error{"a folder with more than " + std::to_string(kMaxFiles) +
                            " files: expected one per team"});
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<FileStamp> FileSet::stamps() const {
  std::vector<FileStamp> result{stamp_of(path_)};
  const auto names = list(path_);
  if (!names) return result;
  for (const std::string& name : *names) {
    if (name != path_) result.push_back(stamp_of(name));
  }
  return result;
}

FileSet::Texts FileSet::load() const {
  const auto names = list(path_);
  if (!names) {
    return Unexpected(std::vector<Problem>{{.file = path_, .message = names.error().message}});
  }
  std::vector<NamedText> texts;
  std::vector<Problem> problems;
  std::size_t total = 0;
  for (const std::string& name : *names) {
    auto text = read_file(name);
    if (!text) {
      problems.push_back({.file = name, .message = std::move(text.error().message)});
      continue;
    }
    total += text->size();
    if (total > kMaxTotalSize) {
      problems.push_back({.file = path_,
                          .message = "a folder with more than " + mebibytes(kMaxTotalSize) +
                                     " in its files: delete what is not needed"});
      break;
    }
    texts.push_back({name, std::move(*text)});
  }
  if (!problems.empty()) return Unexpected(std::move(problems));
  return texts;
}

}  // namespace defenderd
