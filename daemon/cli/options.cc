#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "cli/check_options.h"
#include "cli/command_app.h"
#include "cli/usage_error.h"

namespace defenderd {
namespace {

// An empty variable is as good as none. A file or a shell may have added a line end.
void read_variable(const char* name, std::string& path, bool& given) {
  const char* const value = std::getenv(name);
  const std::string_view text = trim(value == nullptr ? "" : value);
  if (text.empty()) return;
  path = text;
  given = true;
}

EarlyExit wrong(const std::string& what) { return EarlyExit{2, "defenderd: " + what + "\n"}; }

// Of an App that has parsed nothing: another one prints the help of the command that it has found.
EarlyExit help_about(const std::string& topic) {
  CommandLine unused;
  const auto app = make_app(unused);
  if (topic.empty()) return {0, app->help()};
  const CLI::App& commands = *app;
  for (const CLI::App* command : commands.get_subcommands({})) {
    if (command->get_name() == topic) return {0, command->help("defenderd")};
  }
  return wrong(unknown_command(*app, topic) + "\nsee defenderd --help");
}

}  // namespace

Result<CommandLine, EarlyExit> parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  read_variable("DEFENDERD_CONFIG", line.config_path, line.config_given);
  read_variable("DEFENDERD_DESIRED", line.desired_path, line.desired_given);
  const auto app = make_app(line);
  // As kubectl does: somebody who types only the name wants to know what there is.
  if (argc < 2) return Unexpected(help_about(""));
  try {
    app->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app->get_subcommands();
    return Unexpected(help_about(chosen.empty() ? "" : chosen.front()->get_name()));
  } catch (const CLI::CallForVersion& version) {
    return Unexpected(EarlyExit{0, version.what()});
  } catch (const CLI::ParseError& error) {
    return Unexpected(wrong(usage_error(*app, error, Words(argv + 1, argv + argc))));
  }
  const std::string& name = app->get_subcommands().front()->get_name();
  line.command = command_named(name);
  if (line.command == Command::Help) return Unexpected(help_about(line.topic));
  const std::string problem = problem_of_form(line, line.command == Command::Diff);
  if (!problem.empty()) return Unexpected(wrong(problem + "\nsee defenderd " + name + " --help"));
  if (line.command == Command::Apply && line.dry_run) line.command = Command::Diff;
  return line;
}

}  // namespace defenderd
