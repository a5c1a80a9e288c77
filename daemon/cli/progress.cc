#include "cli/progress.h"

#include <algorithm>
#include <cmath>

#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr Duration kRedraw = std::chrono::seconds(1);

// ", 50/s, 10s left"
std::string pace(const Progress& progress) {
  const double seconds = std::chrono::duration<double>(progress.elapsed).count();
  if (seconds < 1 || progress.done == 0) return {};
  const double rate = static_cast<double>(progress.done) / seconds;
  constexpr double kWhole = 10;
  std::string text = rate >= kWhole ? std::to_string(std::lround(rate)) : std::to_string(rate);
  if (rate < kWhole) text.resize(text.find('.') + 2);
  const auto left = static_cast<double>(progress.of - progress.done) / rate;
  text = ", " + text + "/s";
  if (progress.done < progress.of)
    text += ", " + format_duration(std::chrono::seconds(std::lround(std::ceil(left)))) + " left";
  return text;
}

}  // namespace

std::string progress_text(const Progress& progress) {
  constexpr std::size_t kWidth = 30;
  const auto percent = static_cast<std::size_t>(std::clamp(progress.percent, 0, 100));
  const std::size_t full = percent * kWidth / 100;
  return "[" + std::string(full, '#') + std::string(kWidth - full, '-') + "] " +
         std::to_string(progress.done) + " of " + std::to_string(progress.of) + pace(progress);
}

void ProgressLine::show(std::size_t done, std::size_t of) {
  if (!visible_ || of == 0) return;
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  if (!began_) began_ = now;
  // The answers of concurrent workers may come out of order.
  done_ = std::min(std::max(done_, done), of);
  const int percent = std::max(percent_, static_cast<int>(done_ * 100 / of));
  if (percent == percent_ && now - drawn_at_ < kRedraw) return;
  percent_ = percent;
  drawn_at_ = now;
  erase();
  drawn_ = progress_text({done_, of, percent, now - *began_});
  std::fputs(drawn_.c_str(), stream_);
  std::fflush(stream_);
}

void ProgressLine::clear() {
  const MutexLock lock(mutex_);
  erase();
  drawn_.clear();
  began_.reset();
  done_ = 0;
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
