#include "telemetry/journal_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/file_owner.h"
#include "base/scrub.h"
#include "base/write_file.h"

namespace defenderd {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR;
// An incomplete line is shorter; a file without a line feed in this much is not a journal.
constexpr std::uint64_t kMaxTorn = 1U << 20U;

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

// "" for a regular file, and for one that does not exist yet.
std::string_view kind_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return "";
  if (S_ISFIFO(status.st_mode)) return "a named pipe";
  if (S_ISDIR(status.st_mode)) return "a directory";
  if (S_ISSOCK(status.st_mode)) return "a socket";
  return "a device";
}

Error not_regular(const std::string& path, std::string_view kind) {
  return Error{"cannot write the journal " + path + ": it is " + std::string(kind) +
               "; journal.file must be a regular file, or \"-\" for standard output"};
}

}  // namespace

Error JournalFile::problem(std::string_view what) const {
  const std::string why = std::error_code(errno, std::system_category()).message();
  return Error{"cannot " + std::string(what) + " the journal " + shown_path(options_.path) + ": " +
               why};
}

Result<JournalFile> JournalFile::open(Options options) {
  JournalFile journal(std::move(options));
  if (journal.options_.path == "-") {
    std::shared_ptr<Outlet>& output = journal.options_.standard_output;
    if (!output) output = std::make_shared<Outlet>(STDOUT_FILENO);
    return journal;
  }
  journal.options_.standard_output.reset();
  if (auto opened = journal.open_file(); !opened) return Unexpected(opened.error());
  if (auto repaired = journal.repair(); !repaired) return Unexpected(repaired.error());
  return journal;
}

Result<Done> JournalFile::open_file() {
  const std::string& path = options_.path;
  struct stat status {};
  // Checked before opening as well: opening and closing a pipe ends it for its reader.
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return Unexpected(not_regular(path, kind_of(status)));
  constexpr int kFlags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  UniqueFd file = open_or_create(path, kFlags, kMode);
  if (!file.is_open()) {
    const Error error = problem("open");
    const std::string lacking = lacking_permission(path, R_OK | W_OK);
    if (!lacking.empty()) return Unexpected(Error{error.message + lacking});
    return Unexpected(
        Error{error.message +
              "; journal.file must be a file in an existing folder that defenderd may write to"});
  }
  if (fstat(file.get(), &status) != 0) return Unexpected(problem("check"));
  if (!S_ISREG(status.st_mode)) return Unexpected(not_regular(path, kind_of(status)));
  // Two processes that repair and rotate one file would damage it. Without lock support, continue.
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Unexpected(Error{"the journal " + path +
                            " is in use by another defenderd; each needs its own journal.file"});
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  file_ = std::move(file);
  torn_ = false;
  static_cast<void>(sync_folder(path));
  return Done{};
}

Result<Done> JournalFile::repair() {
  if (size_ == 0) return Done{};
  const std::uint64_t checked = std::min(size_, kMaxTorn);
  const std::string end = read_from(file_.get(), size_ - checked, checked);
  const std::size_t feed = end.rfind('\n');
  if (feed == std::string::npos && size_ > kMaxTorn) {
    return Unexpected(Error{options_.path + " has no line feed in its last 1 MiB, so it is not a "
                                            "journal; use another name for journal.file"});
  }
  const std::uint64_t good =
      feed == std::string::npos ? size_ - checked : size_ - checked + feed + 1;
  return good == size_ ? Result<Done>(Done{}) : set_aside(good);
}

Result<Done> JournalFile::set_aside(std::uint64_t from) {
  const std::string torn = read_from(file_.get(), from, size_ - from) + "\n";
  const std::string path = options_.path + ".torn";
  const UniqueFd aside = open_or_create(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK, kMode);
  if (!aside.is_open() || !write_all(aside.get(), torn) || fsync(aside.get()) != 0) {
    return Unexpected(problem("repair"));
  }
  if (ftruncate(file_.get(), static_cast<off_t>(from)) != 0) return Unexpected(problem("repair"));
  notice_ = "the last line of the journal " + options_.path + " was incomplete: its " +
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

JournalFile::Appended JournalFile::append(std::string_view lines, Duration patience) {
  if (options_.standard_output) return append_to_output(lines, patience);
  Result<Done> written = append_to_file(lines);
  return {written ? lines.size() : 0, std::move(written)};
}

JournalFile::Appended JournalFile::append_to_output(std::string_view lines, Duration patience) {
  const SystemClock clock;
  const SteadyTime deadline = clock.steady_now() + patience;
  Appended appended;
  while (appended.bytes < lines.size()) {
    const std::string_view rest = lines.substr(appended.bytes);
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    const Duration left = std::max(deadline - clock.steady_now(), Duration::zero());
    if (const auto error = options_.standard_output->write(line, left)) {
      appended.result =
          Unexpected(Error{"cannot write the journal to standard output: " +
                           (error == std::errc::timed_out ? "nobody reads it" : error.message())});
      return appended;
    }
    appended.bytes += line.size();
  }
  return appended;
}

Result<Done> JournalFile::append_to_file(std::string_view lines) {
  if (was_moved()) {
    if (auto opened = open_file(); !opened) return opened;
    if (auto repaired = repair(); !repaired) return repaired;
  }
  if (size_ > 0 && size_ + lines.size() > options_.max_bytes) {
    // A file that is too long is better than a lost line.
    if (auto rotated = rotate(); !rotated) notice_ = rotated.error().message;
  }
  std::string text(torn_ ? "\n" : "");
  text += lines;
  if (write_all(file_.get(), text) && fdatasync(file_.get()) == 0) {
    size_ += text.size();
    torn_ = false;
    return Done{};
  }
  const Error error = problem("write");
  if (ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) torn_ = true;
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

}  // namespace defenderd
