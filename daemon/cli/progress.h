#pragma once
// How far a sweep is, on a terminal: one line that is drawn over and leaves nothing behind. Debian
// 12 packages no library for it.

#include <cstddef>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

namespace defenderd {

// "[#####-----] 500 of 1000"
[[nodiscard]] std::string progress_text(std::size_t done, std::size_t of);

// Thread-safe.
class ProgressLine {
 public:
  // Nothing is ever drawn unless `visible`: for pipes and files. The stream outlives it.
  ProgressLine(std::FILE* stream, bool visible) : stream_(stream), visible_(visible) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Draws when the percentage has changed.
  void show(std::size_t done, std::size_t of);
  void clear();
  // Lets `print` write lines of its own; the line is drawn again below them.
  void above(const std::function<void()>& print);

 private:
  void erase();

  std::FILE* const stream_;
  const bool visible_;
  std::mutex mutex_;   // guards what follows, and the terminal
  std::string drawn_;  // "" when nothing stands there
  int percent_ = -1;
};

}  // namespace defenderd
