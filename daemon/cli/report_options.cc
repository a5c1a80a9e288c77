#include "cli/report_options.h"

#include <CLI/CLI.hpp>

#include "cli/option_parts.h"
#include "cli/report_command.h"

namespace defenderd {

void add_report(CLI::App& app, CommandLine& line) {
  CLI::App* const report = app.add_subcommand(
      "report", "write evidence for auditors: declared and observed state, exceptions, changes");
  add_files(*report, line);
  CLI::Option* const format = report->add_option(
      "--format", line.form, "output format (default: from FILE's extension, otherwise markdown)");
  format->type_name("FORMAT");
  takes_one_of(*format, {"csv", "markdown", "html", "json"});
  report
      ->add_option("--since", line.since, "start of the period: a duration (90d), a time or a date")
      ->default_str(kUsualPeriod)
      ->type_name("WHEN");
  report->add_option("--file", line.journal_file, "the journal to read (default: settings)")
      ->type_name("FILE");
  report
      ->add_option("--url", line.url,
                   "read from the daemon at http(s)://HOST:PORT, not from files and Azure")
      ->type_name("URL")
      ->excludes(report->get_option("--config"))
      ->excludes(report->get_option("--desired"));
  add_output_file(*report, line);
  report->footer(
      "Examples:\n  defenderd report --since 90d -o evidence.html\n"
      "  defenderd report --format csv --since 2026-07-01T00:00:00Z >evidence.csv\n"
      "  defenderd report --url https://defenderd.example.com:8080 -o evidence.html\n"
      "It reads Azure and the journal, or asks a running daemon (--url), and changes nothing.\n"
      "Exit: 0 all as declared, 1 drift, 2 an error, 3 a subscription could not be observed,\n"
      "130 stopped.");
}

}  // namespace defenderd
