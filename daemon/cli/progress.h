#pragma once
// The progress of a sweep on a terminal: one line that is redrawn and leaves nothing behind. Debian
// 12 packages no library for it.

#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace defenderd {

struct Progress {
  std::size_t done = 0;
  std::size_t of = 0;
  int percent = 0;  // of the bar, which never becomes shorter
  Duration elapsed{0};
};
// "[#####-----] 500 of 1000, 50/s, 10s left"; rate and time only once there is something to say.
[[nodiscard]] std::string progress_text(const Progress& progress);

// Thread-safe.
class ProgressLine {
 public:
  // Draws nothing unless `visible`: for pipes and files. Stream and clock must outlive it.
  ProgressLine(std::FILE* stream, bool visible, const Clock& clock)
      : stream_(stream), visible_(visible), clock_(clock) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Redraws when the percentage has changed, and each second. Less than was done before is not
  // shown.
  void show(std::size_t done, std::size_t of);
  // The next show() begins anew.
  void clear();
  // Lets `print` write its own lines; the progress line is redrawn below them.
  void above(const std::function<void()>& print);

 private:
  void erase() REQUIRES(mutex_);

  std::FILE* const stream_;
  const bool visible_;
  const Clock& clock_;
  Mutex mutex_;                           // held while the line is drawn
  std::string drawn_ GUARDED_BY(mutex_);  // "" when nothing is drawn
  SteadyTime drawn_at_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> began_ GUARDED_BY(mutex_);
  std::size_t done_ GUARDED_BY(mutex_) = 0;
  int percent_ GUARDED_BY(mutex_) = -1;
};

}  // namespace defenderd
