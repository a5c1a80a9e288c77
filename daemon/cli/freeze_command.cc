#include "cli/freeze_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/scrub.h"
#include "base/text.h"
#include "cli/complain.h"
#include "cli/daemon_address.h"
#include "cli/open_journal.h"
#include "cli/option_parts.h"
#include "cli/process.h"

namespace defenderd {
namespace {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kError = 2;

constexpr Duration kTimeout = std::chrono::seconds(10);

using Form = std::vector<std::pair<std::string, std::string>>;

// The answer lists freezes in lines of their own.
std::string refusal(const Origin& daemon, const char* path, HttpResponse answer) {
  constexpr int kMostLines = 64;
  std::istringstream lines{std::string(trim(answer.body))};
  std::getline(lines, answer.body);
  std::string text = answer_text(daemon, path, answer);
  std::string more;
  for (int n = 1; n < kMostLines && std::getline(lines, more); ++n)
    text += "\n" + foreign_text(more);
  return text;
}

int order(const CommandLine& line, const char* path, const Form& form) {
  ignore_signals_of_writes();
  const auto daemon = find_daemon(line);
  if (!daemon) return fail(kError, daemon.error().message);
  const auto caller = DaemonCaller::open(*daemon, kTimeout);
  if (!caller) return fail(kError, caller.error().message);
  const auto answer = caller->send({.origin = {},
                                    .method = "POST",
                                    .target = path,
                                    .body = form_encode(form),
                                    .content_type = "application/x-www-form-urlencoded",
                                    .timeout = kTimeout});
  if (!answer)
    return fail(kError, "the daemon did not answer, so the request may have had no effect: " +
                            answer.error().message);
  if (answer->status != 200) return fail(kRefused, refusal(daemon->origin, path, *answer));
  std::istringstream lines{std::string(trim(answer->body))};
  for (std::string text; std::getline(lines, text);)
    std::fputs((outgoing_lines(foreign_text(text, 4096)) + "\n").c_str(), stdout);
  return kDone;
}

void add_target(CLI::App& command, CommandLine& line) {
  add_config(command, line, "the settings, used for server.listen");
  command.add_option("--url", line.url, "call this address instead: http(s)://HOST:PORT")
      ->type_name("URL");
}

void add_person(CLI::App& command, CommandLine& line, const char* why) {
  command.add_option("--reason", line.order.reason, why)->type_name("TEXT")->required();
  command
      .add_option("--by", line.order.by,
                  "name shown in the log and on the page (default: your user name)")
      ->type_name("NAME");
}

}  // namespace

void add_freeze(CLI::App& app, CommandLine& line) {
  CLI::App* const freeze =
      app.add_subcommand("freeze", "stop all writes of a running daemon from now on");
  add_target(*freeze, line);
  add_person(*freeze, line, "why writes must stop");
  CLI::Option* const until =
      freeze->add_option("--until", line.order.until, "ends then: 2026-12-24T00:00:00Z")
          ->type_name("TIME");
  freeze->add_option("--for", line.order.length, "ends after this long: 4h")
      ->type_name("DURATION")
      ->excludes(until);
  CLI::Option* const except = freeze->add_option("--except", line.order.except,
                                                 "enable: protection may still be switched on");
  except->type_name("WHAT");
  takes_one_of(*except, {"enable"});
  freeze
      ->add_option("--owner", line.order.owners, "only the subscriptions of this owner; repeatable")
      ->type_name("NAME");
  freeze->footer(
      "Examples:\n  defenderd freeze --reason \"incident 4711\"\n"
      "  defenderd freeze --reason maintenance --for 4h --except enable\n"
      "It needs server.lifecycle: on. Everything is still observed; a write in progress finishes.\n"
      "Exit: 0 frozen, 1 refused by the daemon, or frozen and not saved, 2 an error, or no "
      "answer.");
}

void add_thaw(CLI::App& app, CommandLine& line) {
  CLI::App* const thaw = app.add_subcommand(
      "thaw", "end a freeze set with `freeze`; the changes that waited are written");
  add_target(*thaw, line);
  add_person(*thaw, line, "why writing may resume");
  CLI::Option* const all =
      thaw->add_flag("--all", line.order.all, "end all freezes set through the API");
  thaw->add_option("--freeze", line.order.freezes, "the freeze to end, by id or reason; repeatable")
      ->type_name("FREEZE")
      ->excludes(all);
  thaw->footer(
      "Examples:\n  defenderd thaw --reason \"all clear\"\n"
      "  defenderd thaw --reason \"all clear\" --freeze \"incident 4711\"\n"
      "If several freezes are in force, it lists them and ends none without --freeze or --all.\n"
      "Freezes in the settings stay in force and are listed.\n"
      "Exit: 0 done, 1 refused by the daemon, or not saved, 2 an error, or no answer.");
}

int freeze_daemon(const CommandLine& line) {
  const CommandLine::Order& wanted = line.order;
  Form form{{"reason", wanted.reason}, {"by", wanted.by.empty() ? user_name() : wanted.by}};
  if (!wanted.until.empty()) form.emplace_back("until", wanted.until);
  if (!wanted.length.empty()) form.emplace_back("for", wanted.length);
  if (!wanted.except.empty()) form.emplace_back("except", wanted.except);
  for (const std::string& owner : wanted.owners) form.emplace_back("owner", owner);
  return order(line, "/-/freeze", form);
}

int thaw_daemon(const CommandLine& line) {
  const CommandLine::Order& wanted = line.order;
  Form form{{"reason", wanted.reason}, {"by", wanted.by.empty() ? user_name() : wanted.by}};
  for (const std::string& freeze : wanted.freezes) form.emplace_back("freeze", freeze);
  if (wanted.all) form.emplace_back("all", "true");
  return order(line, "/-/thaw", form);
}

}  // namespace defenderd
