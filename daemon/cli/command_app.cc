#include "cli/command_app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "cli/check_options.h"
#include "cli/freeze_command.h"
#include "cli/option_parts.h"
#include "cli/program_options.h"
#include "cli/report_options.h"
#include "cli/sweep_options.h"
#include "cli/version_command.h"

namespace defenderd {
namespace {

constexpr std::array kCommands{std::pair{"run", Command::Run},
                               std::pair{"check", Command::Check},
                               std::pair{"diff", Command::Diff},
                               std::pair{"apply", Command::Apply},
                               std::pair{"findings", Command::Findings},
                               std::pair{"import", Command::Import},
                               std::pair{"journal", Command::Journal},
                               std::pair{"report", Command::Report},
                               std::pair{"healthcheck", Command::Healthcheck},
                               std::pair{"freeze", Command::Freeze},
                               std::pair{"thaw", Command::Thaw},
                               std::pair{"schema", Command::Schema},
                               std::pair{"completion", Command::Completion},
                               std::pair{"man", Command::Man},
                               std::pair{"version", Command::Version},
                               std::pair{"help", Command::Help}};

// The same text at each start and with each version of CLI11, which lists what an option excludes
// by the addresses of the options.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text;
    if (option->get_type_size() != 0) {
      if (!option->get_type_name().empty()) text += " " + option->get_type_name();
      if (!option->get_default_str().empty()) text += "=" + option->get_default_str();
      if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
      if (option->get_required()) text += " REQUIRED";
    }
    std::set<std::string> excluded;
    for (const CLI::Option* const other : option->get_excludes())
      excluded.insert(other->get_name());
    if (!excluded.empty()) text += " Excludes:";
    for (const std::string& name : excluded) text += " " + name;
    return text;
  }
};

void add_run(CLI::App& app, CommandLine& line) {
  CLI::App* const run =
      app.add_subcommand("run", "run the daemon: observe, correct drift, serve metrics");
  add_files(*run, line);
  add_observe(*run, line, "never write, regardless of mode");
  run->footer(
      "Example:\n  defenderd run --config config/defenderd.yaml --desired "
      "config/subscriptions.yaml\n"
      "Exit: 0 after SIGTERM or SIGINT, 2 if it cannot start, 3 if the stop was cut off.");
}

void add_import(CLI::App& app, CommandLine& line) {
  CLI::App* const import = app.add_subcommand(
      "import", "write a desired state with the current state of every visible subscription");
  add_config(*import, line);
  add_output_file(*import, line);
  CLI::Option* const mode = import->add_option(
      "--mode", line.mode, "the mode of all subscriptions; observe never writes");
  mode->capture_default_str()->type_name("MODE");
  takes_one_of(*mode, {"observe", "enforce"});
  import->add_option("--tenant", line.tenant, "tenant to import (default: settings)")
      ->type_name("ID");
  import->footer(
      "Examples:\n  defenderd import -o subscriptions.yaml\n"
      "  defenderd diff --desired subscriptions.yaml  # finds no drift\n"
      "Exit: 0, 2 on an error, or 130 stopped. Subscriptions that cannot be read become comments "
      "that\n"
      "say why.");
}

void add_journal(CLI::App& app, CommandLine& line) {
  CLI::App* const journal = app.add_subcommand("journal", "show changes made and withheld");
  add_config(*journal, line, "the settings, used for journal.file");
  journal->add_option("--file", line.journal_file, "the journal to read (default: settings)")
      ->type_name("FILE");
  journal->add_option("--since", line.since, "newer than a duration (24h), a time or a date")
      ->type_name("WHEN");
  journal
      ->add_option("--subscription", line.subscription,
                   "only this subscription: its id or its name, with * and ? as in --only")
      ->type_name("NAME");
  journal->add_flag("--summary", line.summary,
                    "summary by subscription and actor: how often and how long it differed");
  add_output(*journal, line, "table, or json: one object per line");
  journal->footer(
      "Examples:\n  defenderd journal --since 24h\n  defenderd journal --summary --since "
      "30d\nExit: 0, or 2 on an error.");
}

void add_healthcheck(CLI::App& app, CommandLine& line) {
  CLI::App* const healthcheck =
      app.add_subcommand("healthcheck", "ask a running daemon whether it is healthy");
  add_config(*healthcheck, line, "the settings, used for server.listen");
  healthcheck->add_option("--url", line.url, "query this address instead: http(s)://HOST:PORT")
      ->type_name("URL");
  healthcheck->add_option("--timeout", line.timeout, "how long to wait for the answer")
      ->capture_default_str()
      ->type_name("DURATION");
  healthcheck->footer(
      "Examples:\n  defenderd healthcheck --config config/defenderd.yaml\n"
      "  defenderd healthcheck --url http://127.0.0.1:8080 --timeout 2s\n"
      "Exit: 0 healthy, 1 not healthy, 2 bad usage or bad settings.");
}

}  // namespace

std::shared_ptr<CLI::App> make_app(CommandLine& line) {
  auto app = std::make_shared<CLI::App>(
      "Keeps Microsoft Defender for Cloud's AI threat protection as declared.", "defenderd");
  app->formatter(std::make_shared<HelpFormatter>());
  app->require_subcommand(1);
  add_run(*app, line);
  add_check(*app, line);
  add_diff(*app, line);
  add_apply(*app, line);
  add_findings(*app, line);
  add_import(*app, line);
  add_journal(*app, line);
  add_report(*app, line);
  add_healthcheck(*app, line);
  add_freeze(*app, line);
  add_thaw(*app, line);
  add_schema(*app, line);
  add_completion(*app, line);
  add_man(*app);
  CLI::App* const version =
      app->add_subcommand("version", "print version, revision, compiler and libraries");
  add_output(*version, line, "table, or json");
  app->set_version_flag("--version", version_text, "the same as the command version");
  add_help(*app, line);
  // Last: commands inherit the footer that there is when they are added.
  app->footer(
      "config/README.md documents the files. Pages and folders that messages name, such as "
      "deploy/azure, are in /usr/share/doc/defenderd. Credentials come from AZURE_* variables.");
  return app;
}

Command command_named(std::string_view name) {
  const auto* const found = std::find_if(kCommands.begin(), kCommands.end(),
                                         [&](const auto& each) { return each.first == name; });
  return found == kCommands.end() ? Command::Help : found->second;
}

}  // namespace defenderd
