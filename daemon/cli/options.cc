#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "base/credential_keys.h"
#include "base/letters.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/check_options.h"
#include "cli/freeze_command.h"
#include "cli/option_parts.h"
#include "cli/sweep_options.h"
#include "cli/version_command.h"

namespace defenderd {
namespace {

// What an unknown word on the command line may have meant, as a sentence; "" if nothing is near.
std::string suggestion(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> known{"--help", "--version"};
  for (const CLI::App* command : app.get_subcommands({})) {
    known.push_back(command->get_name());
    for (const CLI::Option* option : command->get_options()) known.push_back(option->get_name());
  }
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  for (int i = 1; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const std::string_view near = nearest(word, candidates);
    if (!near.empty()) return "\ndid you mean " + std::string(near) + "?";
  }
  return {};
}

// A word of the command line that a message may repeat: options, commands and typos of them.
// Everything else may be a misplaced secret.
bool is_harmless(std::string_view word) {
  constexpr std::size_t kLongest = 32;
  return word.size() <= kLongest &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

void hide(std::string& message, std::string_view word) {
  constexpr std::string_view kHidden = "(not shown)";
  for (std::size_t at = message.find(word); at != std::string::npos; at = message.find(word, at)) {
    const std::size_t end = at + word.size();
    const bool alone = (at == 0 || !is_alphanumeric(message[at - 1])) &&
                       (end == message.size() || !is_alphanumeric(message[end]));
    if (alone) message.replace(at, word.size(), kHidden);
    at += alone ? kHidden.size() : 1;
  }
}

// The parser's message about the command line, without the values that it repeats.
std::string without_values(std::string message, int argc, const char* const* argv) {
  std::vector<std::string_view> words(argv + 1, argv + argc);
  const bool names_secret = std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return word.starts_with("-") && is_credential_key(word.substr(0, word.find('=')));
  });
  std::vector<std::string_view> values;
  for (const std::string_view word : words) {
    const bool option = word.starts_with("-");
    const std::string_view name = option ? word.substr(0, word.find('=')) : std::string_view();
    if (option && is_harmless(name)) {
      if (name.size() < word.size()) values.push_back(word.substr(name.size() + 1));
    } else if (names_secret || !is_harmless(word)) {
      values.push_back(word);
    }
  }
  // Longest first: a shorter one may be a part of it.
  std::sort(values.begin(), values.end(),
            [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  for (const std::string_view value : values) {
    if (!value.empty()) hide(message, value);
  }
  return outgoing_text(message);
}

CLI::App* add_import(CLI::App& app, CommandLine& line) {
  CLI::App* const import = app.add_subcommand(
      "import", "write a desired state with the current state of every visible subscription");
  import->add_option("--config", line.config_path, "the settings")
      ->capture_default_str()
      ->type_name("FILE");
  import->add_option("-o,--output", line.output_file, "write to FILE (must not exist)")
      ->type_name("FILE");
  import->add_option("--mode", line.mode, "the mode of all subscriptions; observe never writes")
      ->check(CLI::IsMember({"observe", "enforce"}))
      ->capture_default_str()
      ->type_name("MODE");
  import->add_option("--tenant", line.tenant, "tenant to import (default: settings)")
      ->type_name("ID");
  import->footer(
      "Examples:\n  defenderd import -o subscriptions.yaml\n"
      "  defenderd diff --desired subscriptions.yaml     finds no drift\n"
      "Exit: 0, or 2 on an error. Subscriptions that cannot be read become comments that say why.");
  return import;
}

CLI::App* add_healthcheck(CLI::App& app, CommandLine& line) {
  CLI::App* const healthcheck =
      app.add_subcommand("healthcheck", "ask a running daemon whether it is healthy");
  healthcheck->add_option("--config", line.config_path, "the settings, used for server.listen")
      ->capture_default_str()
      ->type_name("FILE");
  healthcheck->add_option("--url", line.url, "query this address instead: http://HOST:PORT")
      ->type_name("URL");
  healthcheck->add_option("--timeout", line.timeout, "how long to wait for the answer")
      ->capture_default_str()
      ->type_name("DURATION");
  healthcheck->footer(
      "Examples:\n  defenderd healthcheck --config config/defenderd.yaml\n"
      "  defenderd healthcheck --url http://127.0.0.1:8080 --timeout 2s\n"
      "Exit: 0 healthy, 1 not healthy, 2 bad usage or bad settings.");
  return healthcheck;
}

}  // namespace

Result<CommandLine, EarlyExit> parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("Keeps Microsoft Defender for Cloud's AI threat protection as declared.",
               "defenderd");
  app.require_subcommand(1);
  app.footer("config/README.md documents the files. Credentials come from AZURE_* variables.");

  CLI::App* const run =
      app.add_subcommand("run", "run the daemon: observe, correct drift, serve metrics");
  add_files(*run, line);
  add_observe(*run, line, "never write, regardless of mode");
  run->footer(
      "Example:\n  defenderd run --config config/defenderd.yaml --desired "
      "config/subscriptions.yaml\n"
      "Exit: 0 after SIGTERM or SIGINT, 2 if it cannot start, 3 if the stop was cut off.");

  const CLI::App* const check = add_check(app, line);
  const CLI::App* const diff = add_diff(app, line);
  const CLI::App* const apply = add_apply(app, line);
  const CLI::App* const findings = add_findings(app, line);
  const CLI::App* const import = add_import(app, line);

  CLI::App* const journal = app.add_subcommand("journal", "show changes made and withheld");
  journal->add_option("--config", line.config_path, "the settings, used for journal.file")
      ->capture_default_str()
      ->type_name("FILE");
  journal->add_option("--file", line.journal_file, "the journal to read (default: settings)")
      ->type_name("FILE");
  journal->add_option("--since", line.since, "newer than a duration (24h) or timestamp")
      ->type_name("WHEN");
  journal->add_option("--subscription", line.subscription, "only this subscription")
      ->type_name("ID");
  journal->add_flag("--summary", line.summary, "how often and how long each one differed, by whom");
  add_output(*journal, line, "table, or json: one object per line");
  journal->footer(
      "Examples:\n  defenderd journal --since 24h\n  defenderd journal --summary --since "
      "30d\nExit: 0, or 2 on an error.");

  const CLI::App* const healthcheck = add_healthcheck(app, line);
  add_freeze(app, line);
  add_thaw(app, line);
  CLI::App* const version =
      app.add_subcommand("version", "print version, revision, compiler and libraries");
  add_output(*version, line, "table, or json");
  app.set_version_flag("--version", version_text, "the same as the command version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Unexpected(
        EarlyExit{0, chosen.empty() ? app.help() : chosen.front()->help("defenderd")});
  } catch (const CLI::CallForVersion& version_asked) {
    return Unexpected(EarlyExit{0, version_asked.what()});
  } catch (const CLI::ParseError& error) {
    return Unexpected(EarlyExit{2, "defenderd: " + without_values(error.what(), argc, argv) +
                                       suggestion(app, argc, argv) + "\nsee defenderd --help\n"});
  }
  if (const std::string problem = problem_of_form(line, diff->parsed()); !problem.empty())
    return Unexpected(EarlyExit{2, "defenderd: " + problem + "\nsee defenderd --help\n"});
  if (check->parsed()) line.command = Command::Check;
  if (diff->parsed()) line.command = Command::Diff;
  if (apply->parsed()) line.command = line.dry_run ? Command::Diff : Command::Apply;
  if (findings->parsed()) line.command = Command::Findings;
  if (import->parsed()) line.command = Command::Import;
  if (journal->parsed()) line.command = Command::Journal;
  if (healthcheck->parsed()) line.command = Command::Healthcheck;
  if (app.got_subcommand("freeze")) line.command = Command::Freeze;
  if (app.got_subcommand("thaw")) line.command = Command::Thaw;
  if (version->parsed()) line.command = Command::Version;
  return line;
}

}  // namespace defenderd
