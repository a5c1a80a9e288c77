#include "app/commands.h"

#include <cstdio>
#include <string>
#include <thread>

#include "app/build_info.h"
#include "app/config.h"
#include "app/daemon.h"
#include "app/environment.h"
#include "app/healthcheck_command.h"
#include "app/import_command.h"
#include "app/journal_command.h"
#include "app/poll_schedule.h"
#include "app/process.h"
#include "app/sweep_command.h"
#include "base/clock.h"
#include "core/scope.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

void print(std::FILE* stream, const std::string& text) { std::fputs(text.c_str(), stream); }

int run_daemon(const CommandLine& line) {
  const SignalSet
      signals;  // before any thread starts, so that all of them leave signals to this one
  protect_memory();
  SystemClock clock;
  auto daemon = Daemon::create({line.config_path, line.desired_path, line.observe_only},
                               read_environment(), clock);
  if (!daemon) {
    print(stderr, "defenderd: " + daemon.error().message + "\n");
    return kError;
  }
  std::jthread work([&](const std::stop_token& stop) { (*daemon)->run(stop); });
  while (signals.wait() == Signal::Reload) {
    // What is wrong with an edit is in the log.
    static_cast<void>((*daemon)->reload());
  }
  work.request_stop();
  work.join();
  return kGood;
}

int check_files(const CommandLine& line) {
  SystemClock clock;
  auto loaded = Config(line.config_path, line.desired_path).load(clock);
  if (!loaded) {
    print(stderr, format(loaded.error()));
    const std::size_t count = loaded.error().size();
    print(stderr, std::to_string(count) + (count == 1 ? " problem\n" : " problems\n"));
    return kError;
  }
  print(stdout,
        "valid: " + line.config_path + ", and " + line.desired_path + " with " +
            count_text(loaded->desired.subscriptions.size(), loaded->desired.scopes.size()) + "\n");
  const std::string warning = budget_warning(loaded->settings, loaded->desired.subscriptions);
  if (!warning.empty()) print(stderr, "warning: " + warning + "\n");
  return kGood;
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
