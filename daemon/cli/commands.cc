#include "cli/commands.h"

#include <string>

#include "cli/apply_command.h"
#include "cli/check_command.h"
#include "cli/complain.h"
#include "cli/freeze_command.h"
#include "cli/healthcheck_command.h"
#include "cli/import_command.h"
#include "cli/journal_command.h"
#include "cli/program_command.h"
#include "cli/report_command.h"
#include "cli/run_command.h"
#include "cli/sweep_command.h"
#include "cli/sweep_session.h"
#include "cli/version_command.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

int print_version(bool as_json) {
  return print_report(as_json ? version_json() : version_text())
             ? kGood
             : fail(kError, "cannot write to standard output");
}

}  // namespace

int execute(const CommandLine& line) {
  switch (line.command) {
    case Command::Run:
      return run_daemon(line);
    case Command::Check:
      return check_files(line);
    case Command::Diff:
      return line.from.empty() ? show_plan(line) : compare_files(line);
    case Command::Findings:
      return show_plan(line);
    case Command::Apply:
      return apply(line);
    case Command::Import:
      return import_subscriptions(line);
    case Command::Journal:
      return show_journal(line);
    case Command::Healthcheck:
      return check_health(line);
    case Command::Freeze:
      return freeze_daemon(line);
    case Command::Thaw:
      return thaw_daemon(line);
    case Command::Report:
      return write_report(line);
    case Command::Completion:
      return print_completion(line);
    case Command::Schema:
      return print_schema(line);
    case Command::Man:
      return print_man_page();
    case Command::Version:
      return print_version(line.as_json);
    case Command::Help:  // parse_command_line() has printed it
      return kGood;
  }
  return kError;
}

}  // namespace defenderd
