#include "app/bug_report.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

constexpr Duration kBetweenLines = std::chrono::minutes(1);

// Thread-safe.
class Pace {
 public:
  // How many there were since the last line, with this one; nullopt: it is too early for a line.
  std::optional<std::size_t> note(SteadyTime now) {
    const MutexLock lock(mutex_);
    ++count_;
    if (last_line_ && now - *last_line_ < kBetweenLines) return std::nullopt;
    last_line_ = now;
    return std::exchange(count_, 0);
  }

 private:
  Mutex mutex_;
  std::size_t count_ GUARDED_BY(mutex_) = 0;
  std::optional<SteadyTime> last_line_ GUARDED_BY(mutex_);
};

}  // namespace

OnThrow BugReports::of(std::string_view thread) const {
  return [reports = *this, thread, pace = std::make_shared<Pace>()](std::string_view doing,
                                                                    std::string_view what) {
    reports.metrics.exception_caught(thread);
    const auto count = pace->note(reports.clock.steady_now());
    if (!count) return;
    const std::string times =
        *count == 1 ? "" : " (" + std::to_string(*count) + " times since it was logged last)";
    reports.log.log(
        LogLevel::Error, log_event::kBug,
        std::string(doing) + " threw an exception, please report it: " + foreign_text(what) + times,
        {{log_key::kCount, std::to_string(*count)}});
  };
}

}  // namespace defenderd
