#include "cli/progress.h"

#include <algorithm>

namespace defenderd {

std::string progress_text(std::size_t done, std::size_t of) {
  constexpr std::size_t kWidth = 30;
  const std::size_t all = std::max<std::size_t>(of, 1);
  const std::size_t full = std::min(done, all) * kWidth / all;
  return "[" + std::string(full, '#') + std::string(kWidth - full, '-') + "] " +
         std::to_string(done) + " of " + std::to_string(of);
}

void ProgressLine::show(std::size_t done, std::size_t of) {
  if (!visible_ || of == 0) return;
  const MutexLock lock(mutex_);
  const int percent = static_cast<int>(done * 100 / of);
  if (percent == percent_) return;
  percent_ = percent;
  erase();
  drawn_ = progress_text(done, of);
  std::fputs(drawn_.c_str(), stream_);
  std::fflush(stream_);
}

void ProgressLine::clear() {
  const MutexLock lock(mutex_);
  erase();
  drawn_.clear();
  percent_ = -1;
}

void ProgressLine::above(const std::function<void()>& print) {
  const MutexLock lock(mutex_);
  erase();
  print();
  std::fputs(drawn_.c_str(), stream_);
  std::fflush(stream_);
}

void ProgressLine::erase() {
  if (drawn_.empty()) return;
  std::fputs("\r\033[K", stream_);  // to the beginning of the line, and clear it
  std::fflush(stream_);
}

}  // namespace defenderd
