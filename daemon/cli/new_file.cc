#include "cli/new_file.h"

#include <fcntl.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): renameat2 is no standard C++
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/scrub.h"
#include "base/write_file.h"

namespace defenderd {
namespace {

// Fails if `to` exists. Not every file system supports this rename; then a link is used.
bool take_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  if (::link(from.c_str(), to.c_str()) != 0) return false;
  ::unlink(from.c_str());
  return true;
}

Error problem(const std::string& path, int error) {
  if (error == EEXIST) {
    return Error{shown_path(path) +
                 " already exists, not overwritten; use another name for -o, or move it away"};
  }
  return Error{"cannot write " + shown_path(path) + ": " + std::generic_category().message(error)};
}

}  // namespace

Result<Done> write_new_file(const std::string& path, std::string_view text) {
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return Unexpected(problem(path, errno));
  const bool written = write_all(file, text) && ::fchmod(file, 0644) == 0 && ::fsync(file) == 0;
  int error = written ? 0 : errno;
  if (::close(file) != 0 && written) error = errno;
  if (error == 0 && !take_name(temporary, path)) error = errno;
  if (error == 0) return Done{};
  ::unlink(temporary.c_str());
  return Unexpected(problem(path, error));
}

}  // namespace defenderd
