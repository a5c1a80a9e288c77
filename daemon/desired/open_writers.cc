#include "desired/open_writers.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>

#include "base/slow_call.h"
#include "base/unique_fd.h"

namespace defenderd {
namespace {

// Others grant leases too, but another machine, or the host of this one, may write to them.
bool is_local(int file) {
  constexpr std::uint32_t kXfs = 0x58465342;
  constexpr std::uint32_t kZfs = 0x2FC12FC1;
  constexpr std::array<std::uint32_t, 8> kLocal{
      EXT4_SUPER_MAGIC, kXfs, BTRFS_SUPER_MAGIC,    TMPFS_MAGIC, RAMFS_MAGIC,
      F2FS_SUPER_MAGIC, kZfs, OVERLAYFS_SUPER_MAGIC};
  struct statfs status {};
  if (::fstatfs(file, &status) != 0) return false;
  return std::find(kLocal.begin(), kLocal.end(), static_cast<std::uint32_t>(status.f_type)) !=
         kLocal.end();
}

// A read lease is only granted while nobody has the file open for writing (fcntl(2)). It is
// returned at once: whoever opens the file for writing in between waits for these microseconds, and
// the kernel sends us a signal, which must be one without a listener or an effect.
bool not_open_for_writing(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0 || !is_local(file.get())) return false;
  if (::fcntl(file.get(), F_SETSIG, SIGURG) != 0) return false;
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) != 0) return false;
  return ::fcntl(file.get(), F_SETLEASE, F_UNLCK) == 0;
}

}  // namespace

bool none_open_for_writing(const std::vector<std::string>& paths) {
  if (paths.empty()) return true;
  const auto closed = within(kFileDeadline, paths.front(), [paths] {
    return Result<bool>(std::all_of(paths.begin(), paths.end(), not_open_for_writing));
  });
  return closed && *closed;
}

}  // namespace defenderd
