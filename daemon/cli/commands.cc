#include "cli/commands.h"

#include <cstdio>
#include <string>

#include "app/build_info.h"
#include "app/poll_schedule.h"
#include "base/clock.h"
#include "cli/changes_report.h"
#include "cli/check_notes.h"
#include "cli/complain.h"
#include "cli/healthcheck_command.h"
#include "cli/import_command.h"
#include "cli/journal_command.h"
#include "cli/load_files.h"
#include "cli/run_command.h"
#include "cli/sweep_command.h"
#include "core/scope.h"
#include "desired/config.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kLeaves = 1;
constexpr int kError = 2;

void print(std::FILE* stream, const std::string& text) { std::fputs(text.c_str(), stream); }

int check_files(const CommandLine& line) {
  const SignalSet signals;
  const auto loaded = load_files(line, signals);
  if (!loaded) return kError;
  print(stdout,
        "valid: " + line.config_path + ", and " + line.desired_path + " with " +
            count_text(loaded->desired.subscriptions.size(), loaded->desired.scopes.size()) + "\n");
  const std::string warning = budget_warning(loaded->settings, loaded->desired.subscriptions);
  if (!warning.empty()) print_error("warning: " + warning + "\n");
  for (const std::string& note : suspension_notes(loaded->desired, SystemClock().wall_now()))
    print_error("warning: " + note + "\n");
  if (const std::string cost = cost_note(loaded->desired); !cost.empty())
    print(stdout, cost + "\n");
  if (line.against.empty()) return kGood;
  const auto before = load_desired(line.against);
  if (!before) {
    print_error(before.error().message + "\n");
    return kError;
  }
  const DesiredChanges changes = changes_between(*before, loaded->desired);
  print(stdout, as_text(changes));
  return something_leaves(changes) ? kLeaves : kGood;
}

int print_version() {
  print(stdout,
        "defenderd " + std::string(kVersion) + " (revision " + std::string(kRevision) + ")\n");
  return kGood;
}

}  // namespace

int execute(const CommandLine& line) {
  switch (line.command) {
    case Command::Run:
      return run_daemon(line);
    case Command::Check:
      return check_files(line);
    case Command::Diff:
    case Command::Apply:
    case Command::Findings:
      return sweep_once(line);
    case Command::Import:
      return import_subscriptions(line);
    case Command::Journal:
      return show_journal(line);
    case Command::Healthcheck:
      return check_health(line);
    case Command::Version:
      return print_version();
  }
  return kError;
}

}  // namespace defenderd
