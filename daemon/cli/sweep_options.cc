#include "cli/sweep_options.h"

#include <CLI/CLI.hpp>
#include <cstddef>

#include "cli/check_options.h"
#include "cli/option_parts.h"

namespace defenderd {
namespace {

void add_selection(CLI::App& command, CommandLine& line) {
  command
      .add_option("--only", line.selection.only,
                  "only these: an id, a name, or a pattern with * and ?; repeatable")
      ->type_name("WHICH")
      ->allow_extra_args(false);
  command.add_option("--owner", line.selection.owners, "only those with this owner; repeatable")
      ->type_name("OWNER")
      ->allow_extra_args(false);
}

void add_max(CLI::App& command, CommandLine& line) {
  CLI::Option* const max = command.add_option_function<std::size_t>(
      "--max", [&line](std::size_t most) { line.max = most; },
      "write at most this many subscriptions");
  max->type_name("N");
  takes_number(*max, 1, 1'000'000);
}

}  // namespace

void add_diff(CLI::App& app, CommandLine& line) {
  CLI::App* const diff =
      app.add_subcommand("diff", "print drift and what would be changed; write nothing");
  add_files(*diff, line);
  add_selection(*diff, line);
  add_observe(*diff, line, "plan like `run --observe`");
  add_from(*diff, line);
  diff->footer(
      "Examples:\n  defenderd diff --desired teams/\n"
      "  defenderd diff --only 'chat-*' --owner platform\n"
      "  defenderd diff -o json | jq '.subscriptions[].name'\n"
      "  defenderd diff --from old/teams --desired teams -o markdown\n"
      "Exit: 0 in sync, 1 drift, 2 an error, 3 a subscription could not be observed, 130 stopped.\n"
      "With --from: 0 the same meaning, 1 something changes, 2 an error.");
}

void add_apply(CLI::App& app, CommandLine& line) {
  CLI::App* const apply =
      app.add_subcommand("apply", "show the planned changes, ask, and apply them once");
  add_files(*apply, line);
  add_selection(*apply, line);
  add_max(*apply, line);
  apply->add_flag("--yes", line.yes, "do not ask; required without a terminal");
  apply->add_flag("--dry-run", line.dry_run, "do what diff does: write nothing");
  apply->add_option("--confirm", line.confirm, "confirm the held changes with this code")
      ->type_name("CODE");
  add_output(*apply, line, "table, or json");
  apply->footer(
      "Examples:\n  defenderd apply --desired teams/\n"
      "  defenderd apply --only 'chat-*' --max 5 --yes\n"
      "  defenderd apply --yes --confirm 3f2a91bc  # the code that diff and apply print\n"
      "Exit: 0 all in sync now, 1 drift left or the answer was no, 2 an error, 3 a subscription "
      "could\n"
      "not be observed, 130 stopped. Ctrl-C stops; in-flight writes finish.");
}

void add_findings(CLI::App& app, CommandLine& line) {
  CLI::App* const findings = app.add_subcommand(
      "findings", "inspect the AI accounts and print what weakens their protection");
  add_files(*findings, line);
  add_output(*findings, line, "table, or json");
  findings->footer(
      "Examples:\n  defenderd findings --desired teams/\n"
      "  defenderd findings -o json | jq '.findings[].resource'\n"
      "Exit: 0 none, 1 some that are not accepted, 2 an error, 3 accounts could not be inspected,\n"
      "130 stopped.");
}

}  // namespace defenderd
