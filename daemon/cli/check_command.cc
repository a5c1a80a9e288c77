#include "cli/check_command.h"

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/poll_schedule.h"
#include "base/clock.h"
#include "cli/changes_report.h"
#include "cli/check_report.h"
#include "cli/complain.h"
#include "cli/edit_report.h"
#include "cli/load_files.h"
#include "cli/start_notes.h"
#include "core/scope.h"
#include "desired/config.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kChanges = 1;
constexpr int kError = 2;

int print(const std::string& text, int code) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return code;
  return fail(kError, "cannot write to standard output");
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

// A file that the command line does not name may be missing where the other one is named: a
// repository often has only one of them.
Config::Wanted wanted_files(const CommandLine& line) {
  return {line.config_given || !line.desired_given || is_there(line.config_path),
          line.desired_given || !line.config_given || is_there(line.desired_path)};
}

void append(std::vector<FileWarning>& all, std::vector<FileWarning> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void judge(const Config::Loaded& loaded, const Config::Wanted& wanted, CheckResult& result) {
  for (const std::string& warning : loaded.warnings) result.warnings.push_back({"", warning});
  for (const IgnoredFile& ignored : loaded.ignored)
    result.warnings.push_back({ignored.path, ignored.why});
  const WallTime now = SystemClock().wall_now();
  if (wanted.settings) {
    const std::vector<Freeze>& freezes = loaded.settings.safety.freezes;
    result.freezes = count_freezes(freezes, now);
    StartNotes start = start_notes(loaded.settings);
    result.problems = std::move(start.problems);
    append(result.warnings, std::move(start.warnings));
    append(result.warnings, timeout_notes(loaded.settings));
    append(result.warnings, freeze_notes(freezes, wanted.desired ? &loaded.desired : nullptr, now));
  }
  if (!wanted.desired) return;
  if (wanted.settings) {
    std::string warning = budget_warning(loaded.settings, loaded.desired.subscriptions);
    if (!warning.empty()) result.warnings.push_back({"", std::move(warning)});
  }
  append(result.warnings, suspension_notes(loaded.desired, now));
  append(result.warnings, acceptance_notes(loaded.desired, now));
  DesiredState judged{{}, "", loaded.desired.scopes};
  judged.subscriptions = loaded.desired.subscriptions;
  if (loaded.settings.azure.tenant)
    forget_default_tenant(judged.scopes, loaded.settings.azure.tenant);
  append(result.warnings, scope_notes(judged));
  result.summary = summary_of(loaded.desired, now);
  result.cost = cost_note(loaded.desired);
}

int print_result(const CommandLine& line, const CheckResult& result, int code) {
  if (line.form == "json") return print(check_json(result), code);
  if (line.form == "github") return print(check_annotations(result), code);
  // In this order on a terminal.
  const int printed = print(check_text(result), code);
  print_error(complaints(result));
  return printed;
}

}  // namespace

int check_files(const CommandLine& line) {
  const SignalSet signals;
  const Config::Wanted wanted = wanted_files(line);
  CheckResult result;
  if (wanted.settings) result.config = line.config_path;
  if (wanted.desired) result.desired = line.desired_path;
  if (!wanted.settings) result.missing = line.config_path;
  if (!wanted.desired) result.missing = line.desired_path;
  auto loaded = load_quietly(line, signals, wanted);
  signals.release();
  if (!loaded) {
    result.problems = std::move(loaded.error());
    return print_result(line, result, kError);
  }
  judge(*loaded, wanted, result);
  if (!result.problems.empty()) return print_result(line, result, kError);
  int code = kGood;
  if (!line.against.empty()) {
    auto before = load_desired(line.against);
    if (!before) {
      result.problems = std::move(before.error());
      return print_result(line, result, kError);
    }
    const DesiredChanges changes = changes_between(*before, loaded->desired);
    result.changes = review_edit(*before, loaded->desired, SystemClock().wall_now());
    result.changes_text = as_text(changes);
    if (something_leaves(changes)) code = kChanges;
  }
  return print_result(line, result, code);
}

int compare_files(const CommandLine& line) {
  const SignalSet signals;
  const auto loaded = load_files(line, signals, {.settings = false});
  signals.release();
  if (!loaded) return kError;
  const auto before = load_desired(line.from);
  if (!before) {
    print_error(problems_text(before.error()));
    return kError;
  }
  const DesiredReview review = review_edit(*before, loaded->desired, SystemClock().wall_now());
  const int code = review.items.empty() ? kGood : kChanges;
  if (line.form == "json") return print(edit_json(review), code);
  if (line.form == "markdown") return print(edit_markdown(review), code);
  return print(edit_text(review), code);
}

}  // namespace defenderd
