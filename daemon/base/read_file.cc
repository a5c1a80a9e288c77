#include "base/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "base/unique_fd.h"

namespace defenderd {
namespace {

// A file of /proc or of a FUSE reports size 0 but has content.
constexpr std::size_t kFirstRead = 4096;

// The names that open, stat and read give the error.
Error system_error(int error) {
  if (error == ENOENT) return Error{kNoSuchFile};
  if (error == EMFILE)
    return Error{
        "cannot be read, too many files are open: raise the limit of this process (ulimit -n, "
        "LimitNOFILE in systemd)"};
  return Error{"cannot be read: " + std::generic_category().message(error)};
}

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kMebibyte = 1U << 20U;
  return bytes % kMebibyte == 0 ? std::to_string(bytes / kMebibyte) + " MiB"
                                : std::to_string(bytes >> 10U) + " KiB";
}

std::optional<Error> refusal(const struct stat& status, std::size_t max_bytes) {
  const auto expected = [](const char* found) {
    return Error{std::string(found) + ", expected a regular file"};
  };
  if (S_ISDIR(status.st_mode)) return Error{"a folder, expected a file"};
  if (S_ISFIFO(status.st_mode)) return expected("a named pipe");
  if (S_ISSOCK(status.st_mode)) return expected("a socket");
  if (!S_ISREG(status.st_mode)) return expected("a device");
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes) {
    return Error{"larger than " + size_text(max_bytes)};
  }
  return std::nullopt;
}

// Checked before opening, because opening a device may have effects, and again afterwards.
Result<UniqueFd> open_regular(const std::string& path, std::size_t max_bytes, std::size_t& size) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Unexpected(system_error(errno));
  if (auto refused = refusal(status, max_bytes)) return Unexpected(*std::move(refused));
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
  int descriptor = ::open(path.c_str(), kFlags | O_NONBLOCK);
  // Someone holds a lease on it, as Samba does: a blocking open would get it.
  if (descriptor < 0 && errno == EWOULDBLOCK) descriptor = ::open(path.c_str(), kFlags);
  UniqueFd file(descriptor);
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return Unexpected(system_error(errno));
  if (auto refused = refusal(status, max_bytes)) return Unexpected(*std::move(refused));
  size = static_cast<std::size_t>(status.st_size);
  return file;
}

}  // namespace

Result<std::string> read_file_here(const std::string& path, std::size_t max_bytes) {
  std::size_t size = 0;
  const auto file = open_regular(path, max_bytes, size);
  if (!file) return Unexpected(file.error());
  // The size is only a hint: the file may grow while it is read.
  std::string text(size == 0 ? std::min(kFirstRead, max_bytes + 1) : size + 1, '\0');
  std::size_t used = 0;
  while (true) {
    if (used == text.size()) text.resize(std::min(text.size() * 2, max_bytes + 1));
    const ssize_t count = ::read(file->get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unexpected(system_error(errno));
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > max_bytes) return Unexpected(Error{"larger than " + size_text(max_bytes)});
  }
  text.resize(used);
  return text;
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes, Duration deadline) {
  return within(deadline, path, [path, max_bytes] { return read_file_here(path, max_bytes); });
}

std::optional<mode_t> file_mode(const std::string& path, Duration deadline) {
  const auto mode = within(deadline, path, [path]() -> Result<mode_t> {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return Unexpected(system_error(errno));
    return status.st_mode;
  });
  return mode ? std::optional(*mode) : std::nullopt;
}

}  // namespace defenderd
