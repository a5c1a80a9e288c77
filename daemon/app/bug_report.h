#pragma once
// Reports exceptions that our own code should not have thrown (base/guarded.h).

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

// Where bugs are counted and logged. All outlive what reports to them.
struct BugReports {
  // One exception, as defenderd_exceptions_caught_total does.
  std::function<void(std::string_view thread)> add;
  Logger& log;
  const Clock& clock;

  // For the loop and the listeners of one of kThreads. Counts each exception, and logs at most one
  // line a minute: what was being done, and how many there were since the last line. Thread-safe.
  [[nodiscard]] OnThrow of(std::string_view thread) const;

  // One line, for callers that count and pace themselves: `doing` threw this often since the last
  // line.
  void log_line(std::string_view doing, std::string_view what, std::size_t count) const;
};

// Counts in `metrics`.
[[nodiscard]] BugReports bug_reports(Metrics& metrics, Logger& log, const Clock& clock);

}  // namespace defenderd
