#pragma once
// `defenderd report`: evidence of what is declared, observed, excepted and changed.

#include <string>

#include "cli/options.h"

namespace defenderd {

// The period without --since.
inline constexpr const char* kUsualPeriod = "90d";

// Writes nothing to Azure. Exit code: as that of `diff` (sweep_counts.h). Errors are printed on
// stderr.
[[nodiscard]] int write_report(const CommandLine& line);

// "csv", "markdown", "html" or "json": --format, else by the ending of -o, else markdown.
[[nodiscard]] std::string report_format(const CommandLine& line);

// Why -o does not say which format, without --format; "" if it does, or there is none.
[[nodiscard]] std::string problem_of_output(const CommandLine& line);

}  // namespace defenderd
