#pragma once
// The progress of a sweep on a terminal: one line that is redrawn and leaves nothing behind. Debian
// 12 packages no library for it.

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

#include "base/mutex.h"

namespace defenderd {

// "[#####-----] 500 of 1000"
[[nodiscard]] std::string progress_text(std::size_t done, std::size_t of);

// Thread-safe.
class ProgressLine {
 public:
  // Draws nothing unless `visible`: for pipes and files. The stream must outlive it.
  ProgressLine(std::FILE* stream, bool visible) : stream_(stream), visible_(visible) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Redraws when the percentage has changed.
  void show(std::size_t done, std::size_t of);
  void clear();
  // Lets `print` write its own lines; the progress line is redrawn below them.
  void above(const std::function<void()>& print);

 private:
  void erase() REQUIRES(mutex_);

  std::FILE* const stream_;
  const bool visible_;
  Mutex mutex_;                           // held while the line is drawn
  std::string drawn_ GUARDED_BY(mutex_);  // "" when nothing is drawn
  int percent_ GUARDED_BY(mutex_) = -1;
};

}  // namespace defenderd
