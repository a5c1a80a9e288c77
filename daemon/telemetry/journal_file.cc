#include "telemetry/journal_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace defenderd {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR;
// A torn line is shorter; a file without any line feed in so much is no journal.
constexpr std::uint64_t kMaxTorn = 1U << 20U;

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string read_from(int file, std::uint64_t from, std::uint64_t size) {
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count =
        pread(file, text.data() + filled, text.size() - filled, static_cast<off_t>(from + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

// So that a file that was created or renamed is still there after a power failure.
void sync_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileHandle handle(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.is_open()) fsync(handle.get());
}

}  // namespace

Error JournalFile::problem(std::string_view what) const {
  const std::string why = std::error_code(errno, std::system_category()).message();
  return Error{"cannot " + std::string(what) + " the journal " + options_.path + ": " + why};
}

Result<JournalFile> JournalFile::open(Options options) {
  const bool is_stdout = options.path == "-";
  JournalFile journal(std::move(options));
  if (is_stdout) {
    journal.file_ = FileHandle(STDOUT_FILENO);
    return journal;
  }
  if (auto opened = journal.open_file(); !opened) return Unexpected(opened.error());
  if (auto repaired = journal.repair(); !repaired) return Unexpected(repaired.error());
  return journal;
}

Result<Done> JournalFile::open_file() {
  FileHandle file(
      ::open(options_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, kMode));
  if (!file.is_open()) {
    return Unexpected(Error{problem("open").message +
                            "; journal.file must name a file in a folder that exists and that "
                            "defenderd may write"});
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return Unexpected(problem("look at"));
  regular_ = S_ISREG(status.st_mode);
  // Two that repair and rotate one file would tear it. Where locks are not to be had, go without.
  if (regular_ && flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Unexpected(Error{"the journal " + options_.path +
                            " is in use by another defenderd; give each its own journal.file"});
  }
  size_ = regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
  file_ = std::move(file);
  torn_ = false;
  sync_folder(options_.path);
  return Done{};
}

Result<Done> JournalFile::repair() {
  if (!regular_ || size_ == 0) return Done{};
  const std::uint64_t looked_at = std::min(size_, kMaxTorn);
  const std::string end = read_from(file_.get(), size_ - looked_at, looked_at);
  const std::size_t feed = end.rfind('\n');
  if (feed == std::string::npos && size_ > kMaxTorn) {
    return Unexpected(Error{options_.path +
                            " has no line feed in its last 1 MiB: it is no journal; give "
                            "journal.file another name"});
  }
  const std::uint64_t good =
      feed == std::string::npos ? size_ - looked_at : size_ - looked_at + feed + 1;
  return good == size_ ? Result<Done>(Done{}) : set_aside(good);
}

Result<Done> JournalFile::set_aside(std::uint64_t from) {
  const std::string torn = read_from(file_.get(), from, size_ - from) + "\n";
  const std::string path = options_.path + ".torn";
  const FileHandle aside(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode));
  if (!aside.is_open() || !write_all(aside.get(), torn) || fsync(aside.get()) != 0) {
    return Unexpected(problem("repair"));
  }
  if (ftruncate(file_.get(), static_cast<off_t>(from)) != 0) return Unexpected(problem("repair"));
  notice_ = "the last line of the journal " + options_.path + " was torn: its " +
            std::to_string(size_ - from) + " bytes were moved to " + path;
  size_ = from;
  return Done{};
}

bool JournalFile::was_moved() const {
  struct stat mine {};
  struct stat named {};
  if (fstat(file_.get(), &mine) != 0 || stat(options_.path.c_str(), &named) != 0) return true;
  return mine.st_ino != named.st_ino || mine.st_dev != named.st_dev;
}

Result<Done> JournalFile::append(std::string_view lines) {
  if (regular_ && was_moved()) {
    if (auto opened = open_file(); !opened) return opened;
    if (auto repaired = repair(); !repaired) return repaired;
  }
  if (regular_ && size_ > 0 && size_ + lines.size() > options_.max_bytes) {
    // Better too long a file than a lost line.
    if (auto rotated = rotate(); !rotated) notice_ = rotated.error().message;
  }
  std::string text(torn_ ? "\n" : "");
  text += lines;
  if (write_all(file_.get(), text) && (!regular_ || fdatasync(file_.get()) == 0)) {
    size_ += text.size();
    torn_ = false;
    return Done{};
  }
  const Error error = problem("write");
  if (regular_ && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) torn_ = true;
  return Unexpected(error);
}

Result<Done> JournalFile::rotate() {
  const auto numbered = [&](int number) {
    return number == 0 ? options_.path : options_.path + "." + std::to_string(number);
  };
  for (int number = options_.keep; number > 0; --number) {
    if (std::rename(numbered(number - 1).c_str(), numbered(number).c_str()) != 0 &&
        errno != ENOENT) {
      return Unexpected(problem("rotate"));
    }
  }
  return open_file();
}

std::string JournalFile::tail(std::size_t bytes) const {
  if (!regular_) return {};
  const std::uint64_t count = std::min<std::uint64_t>(bytes, size_);
  std::string text = read_from(file_.get(), size_ - count, count);
  if (count < size_) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

}  // namespace defenderd
