#pragma once
// Standard output or standard error, whose other end may be anything: a collector, a file on a full
// disk, a pipe that nobody reads. Writing to it has a deadline.
//
// The mode of the stream is not changed: O_NONBLOCK belongs to the open file that this process
// shares with its parent and its siblings.

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace defenderd {

// Thread-safe. Lines of several threads are never mixed.
class Outlet {
 public:
  // The descriptor must stay open while this lives, and is not closed by it.
  explicit Outlet(int descriptor);
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  ~Outlet() = default;

  // Accepts all of `lines` or nothing. std::errc::timed_out: there was no room within `patience`.
  // The rest of accepted lines is written before anything that comes later.
  //
  // A regular file always has room. If its disk hangs, the call takes as long as that.
  [[nodiscard]] std::error_code write(std::string_view lines, Duration patience);

  // Whether both are the same file, pipe or terminal.
  [[nodiscard]] bool is_same_as(const Outlet& other) const;

 private:
  enum class Kind { Regular, Socket, NonBlocking, Polled };
  // Writes what fits now: how many bytes, or an error; EAGAIN is not an error.
  [[nodiscard]] std::size_t try_write(std::string_view text, std::error_code& error) const;
  // True once nothing of `unwritten_` is left.
  bool finish_rest(std::error_code& error) REQUIRES(mutex_);
  [[nodiscard]] bool wait_for_room(Duration patience) const;

  const int descriptor_;
  Kind kind_ = Kind::Polled;
  UniqueFd own_;  // of Kind::NonBlocking: the same pipe or terminal, opened again
  Mutex mutex_;
  std::string unwritten_ GUARDED_BY(mutex_);  // of accepted lines
};

// Those of this process: one object for both if they are the same.
struct StandardOutlets {
  std::shared_ptr<Outlet> output;
  std::shared_ptr<Outlet> error;
};
[[nodiscard]] StandardOutlets standard_outlets();

}  // namespace defenderd
