#pragma once
// `defenderd report --url`: the same evidence as a running daemon tells it, without Azure.

#include "base/clock.h"
#include "base/result.h"
#include "cli/options.h"
#include "cli/report_document.h"

namespace defenderd {

struct DaemonReport {
  ReportDocument document;
  int code = 0;  // as that of `diff` (sweep_counts.h)
};

// The period ends `now`. The Error says what to do.
[[nodiscard]] Result<DaemonReport> report_of_daemon(const CommandLine& line, WallTime since,
                                                    WallTime now);

}  // namespace defenderd
