#include "desired/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "base/heartbeat.h"
#include "base/slow_call.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF |
                                  IN_MOVE_SELF;

std::string folder_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? "." : parent.string();
}

// A watch is on a folder, not its name: after a swap another folder may have that name. Watching
// the same one again has no effect. False if one cannot be watched.
bool watch(int events, WatchedFiles& files) {
  bool complete = true;
  const auto add = [&](const std::string& folder) {
    const int watched = ::inotify_add_watch(events, folder.c_str(), kEvents);
    if (watched >= 0) files.folders.insert(watched);
    complete = complete && watched >= 0;
  };
  std::error_code error;
  const fs::path path(files.path);
  add(folder_of(path));
  files.names.insert(path.filename().string());
  if (!fs::exists(path, error)) return false;
  files.is_folder = fs::is_directory(path, error);
  if (files.is_folder) add(path);
  // If links lead elsewhere, a write in place happens there.
  const fs::path real = fs::canonical(path, error);
  if (error) return complete;
  add(folder_of(real));
  files.names.insert(real.filename().string());
  return complete;
}

}  // namespace

class FolderWatch::Events {
 public:
  explicit Events(int descriptor) : descriptor_(descriptor) {}
  [[nodiscard]] int get() const { return descriptor_.get(); }

 private:
  UniqueFd descriptor_;
};

FolderWatch::FolderWatch(std::vector<std::string> paths)
    : paths_(std::move(paths)),
      events_(std::make_shared<const Events>(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (events_->get() < 0 || !wake_.is_open()) {
    unavailable_ = "inotify: " + std::generic_category().message(errno);
  }
  watch_again();
}

FolderWatch::~FolderWatch() = default;

void FolderWatch::watch_again() {
  complete_ = false;
  if (!unavailable_.empty()) return;
  struct Watching {
    std::vector<WatchedFiles> files = {};
    bool complete = true;
  };
  auto watching = within(kFileDeadline, "watch", [events = events_, paths = paths_] {
    Watching result;
    for (const std::string& path : paths) {
      WatchedFiles files{.path = path};
      result.complete = watch(events->get(), files) && result.complete;
      result.files.push_back(std::move(files));
    }
    return Result<Watching>(std::move(result));
  });
  if (!watching) return;
  complete_ = watching->complete;
  watched_ = std::move(watching->files);
}

// True if the event may concern a watched file. Writes to other files of the folder are ignored.
bool FolderWatch::record(int folder, std::uint32_t event, std::string_view name) {
  const bool is_ours = std::any_of(watched_.begin(), watched_.end(), [&](const auto& files) {
    return concerns(files, folder, name);
  });
  if (is_ours || (event & (IN_Q_OVERFLOW | IN_IGNORED)) != 0) writers_.record(folder, event, name);
  return is_ours || (event & IN_MODIFY) == 0;
}

bool FolderWatch::drain() {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  bool any = false;
  while (true) {
    const ssize_t size = ::read(events_->get(), buffer.data(), buffer.size());
    if (size <= 0) return any;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, &buffer.at(at), sizeof event);
      // The name is padded with NUL bytes.
      const char* const name = buffer.data() + at + sizeof event;
      any = record(event.wd, event.mask, event.len == 0 ? "" : name) || any;
      at += sizeof event + event.len;
    }
  }
}

// False when the time has passed.
bool FolderWatch::await(SteadyTime end) const {
  std::array<pollfd, 2> ready{{{wake_.get(), POLLIN, 0}, {events_->get(), POLLIN, 0}}};
  const auto milliseconds =
      std::chrono::ceil<std::chrono::milliseconds>(end - SystemClock().steady_now()).count();
  const auto limit = static_cast<std::int64_t>(std::numeric_limits<int>::max());
  // poll ignores a negative descriptor: without inotify this is a sleep.
  return ::poll(ready.data(), ready.size(),
                static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, limit))) != 0;
}

bool FolderWatch::wait(Duration patience, const std::stop_token& stop) {
  watch_again();
  const std::stop_callback wake_up(stop, [this] { wake(); });
  constexpr Duration kLongest = std::chrono::hours(24);
  const SteadyTime end = SystemClock().steady_now() + std::min(patience, kLongest);
  bool in_time = true;
  while (in_time && !stop.stop_requested()) {
    beat();
    const SteadyTime now = SystemClock().steady_now();
    in_time = await(std::min(end, now + kBeatEvery)) || end > now + kBeatEvery;
    eventfd_t woken = 0;
    const bool asked = wake_.is_open() && ::eventfd_read(wake_.get(), &woken) == 0;
    const bool news = events_->get() >= 0 && drain();
    if (stop.stop_requested()) return false;
    if (asked || news) return true;
  }
  return false;
}

void FolderWatch::wake() {
  if (wake_.is_open()) static_cast<void>(::eventfd_write(wake_.get(), 1));
}

Writer FolderWatch::take_writer(const std::string& path) {
  if (events_->get() >= 0 && drain()) wake();  // makes the next wait() return at once
  for (const WatchedFiles& files : watched_) {
    if (files.path == path) return writers_.take(files);
  }
  return Writer::Unknown;
}

}  // namespace defenderd
