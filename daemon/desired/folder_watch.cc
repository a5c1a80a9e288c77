#include "desired/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

namespace defenderd {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

std::string folder_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? "." : parent.string();
}

void close_if_open(int descriptor) {
  if (descriptor >= 0) ::close(descriptor);
}

}  // namespace

FolderWatch::FolderWatch(std::vector<std::string> paths)
    : paths_(std::move(paths)),
      events_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (events_ < 0 || wake_ < 0) {
    unavailable_ = "inotify: " + std::generic_category().message(errno);
  }
  watch_again();
}

FolderWatch::~FolderWatch() {
  close_if_open(events_);
  close_if_open(wake_);
}

bool FolderWatch::watch(const std::string& folder) const {
  return ::inotify_add_watch(events_, folder.c_str(), kEvents) >= 0;
}

// What is watched is a folder, not its name: after a swap another one may stand there. Watching
// the same one again changes nothing.
void FolderWatch::watch_again() {
  complete_ = unavailable_.empty();
  for (const std::string& path : paths_) {
    if (!complete_) return;
    std::error_code error;
    complete_ = watch(folder_of(path)) && fs::exists(path, error);
    if (fs::is_directory(path, error)) complete_ = watch(path) && complete_;
    // Where links lead elsewhere, a write in place happens there.
    const fs::path real = fs::canonical(path, error);
    if (!error) complete_ = watch(folder_of(real)) && complete_;
  }
}

bool FolderWatch::drain() const {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  bool any = false;
  while (::read(events_, buffer.data(), buffer.size()) > 0) any = true;
  return any;
}

bool FolderWatch::wait(Duration patience, const std::stop_token& stop) {
  watch_again();
  const std::stop_callback wake(stop, [this] {
    if (wake_ >= 0) static_cast<void>(::eventfd_write(wake_, 1));
  });
  std::array<pollfd, 2> ready{{{wake_, POLLIN, 0}, {events_, POLLIN, 0}}};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  const auto limit = static_cast<std::int64_t>(std::numeric_limits<int>::max());
  // A negative descriptor is passed over: without inotify this is a sleep.
  ::poll(ready.data(), ready.size(),
         static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, limit)));
  if (stop.stop_requested()) return false;
  return events_ >= 0 && drain();
}

}  // namespace defenderd
