#include "app/bug_report.h"

#include <memory>
#include <string>

#include "base/paced_count.h"
#include "base/scrub.h"

namespace defenderd {

OnThrow BugReports::of(std::string_view thread) const {
  return [reports = *this, thread, paced = std::make_shared<PacedCount>()](std::string_view doing,
                                                                           std::string_view what) {
    reports.add(thread);
    const auto count = paced->note(reports.clock.steady_now());
    if (count) reports.log_line(doing, what, *count);
  };
}

void BugReports::log_line(std::string_view doing, std::string_view what, std::size_t count) const {
  const std::string times =
      count == 1 ? "" : " (" + std::to_string(count) + " times since this was last logged)";
  log.log(
      LogLevel::Error, log_event::kBug,
      std::string(doing) + " threw an exception, please report it: " + foreign_text(what) + times,
      {{log_key::kCount, std::to_string(count)}});
}

BugReports bug_reports(Metrics& metrics, Logger& log, const Clock& clock) {
  return {[&metrics](std::string_view thread) { metrics.exception_caught(thread); }, log, clock};
}

}  // namespace defenderd
