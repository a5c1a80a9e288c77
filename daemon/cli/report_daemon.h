#pragma once
// `defenderd report --url`: the same evidence as a running daemon reports it, without Azure.

#include "base/result.h"
#include "cli/options.h"
#include "cli/report_document.h"
#include "cli/report_parts.h"

namespace defenderd {

struct DaemonReport {
  ReportDocument document;
  int code = 0;  // as that of `diff` (sweep_counts.h)
};

// The Error says what to do.
[[nodiscard]] Result<DaemonReport> report_of_daemon(const CommandLine& line,
                                                    const ReportPeriod& period);

}  // namespace defenderd
