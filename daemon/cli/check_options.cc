#include "cli/check_options.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "cli/option_parts.h"

namespace defenderd {
namespace {

void add_form(CLI::App& command, CommandLine& line, const std::vector<std::string>& forms,
              const std::string& help) {
  CLI::Option* const output = command.add_option_function<std::string>(
      "-o,--output",
      [&line](const std::string& form) {
        line.form = form;
        line.as_json = form == "json";
      },
      help);
  output->default_str("table")->type_name("FORM");
  takes_one_of(*output, forms);
}

}  // namespace

void add_check(CLI::App& app, CommandLine& line) {
  CLI::App* const check = app.add_subcommand(
      "check", "validate both files, or the one that is given, and print every problem");
  add_files(*check, line);
  check
      ->add_option(
          "--against", line.against,
          "compare with this earlier desired state: list what is removed, added and changed")
      ->type_name("PATH");
  add_form(*check, line, {"table", "json", "github"},
           "table (text), json, or github: annotations for GitHub Actions");
  check->footer(
      "Examples:\n  defenderd check --desired teams/\n"
      "  defenderd check --desired teams/ -o github\n"
      "  defenderd check --desired teams/ --against old/teams\n"
      "If only one of --config and --desired is given, the other file may be missing.\n"
      "Exit: 0 valid, also with warnings, 1 valid but subscriptions of --against are missing,\n"
      "2 not valid.");
}

void add_from(CLI::App& diff, CommandLine& line) {
  diff.add_option("--from", line.from,
                  "compare --desired with an earlier desired state instead of Azure; needs no "
                  "credential and no settings")
      ->type_name("PATH")
      ->excludes("--observe")
      ->excludes("--only")
      ->excludes("--owner");
  add_form(diff, line, {"table", "json", "markdown"},
           "table, json, or with --from markdown: a comment for a pull request");
}

std::string problem_of_form(const CommandLine& line, bool is_diff) {
  if (!is_diff || line.form != "markdown" || !line.from.empty()) return {};
  return "-o markdown needs --from: it shows what an edit of the desired state means";
}

}  // namespace defenderd
