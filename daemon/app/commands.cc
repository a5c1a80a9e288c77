#include "app/commands.h"

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "app/build_info.h"
#include "app/daemon.h"
#include "app/environment.h"
#include "app/healthcheck_command.h"
#include "app/import_command.h"
#include "app/journal_command.h"
#include "app/load_files.h"
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

void say(const std::string& text) { print(stderr, "defenderd: " + text + "\n"); }

int run_daemon(const CommandLine& line) {
  const SignalSet
      signals;  // before any thread starts, so that all of them leave signals to this one
  protect_memory();
  SystemClock clock;
  std::atomic<Daemon*> running = nullptr;
  int result = kGood;
  // The start, too: it may wait for files.
  std::jthread work([&](const std::stop_token& stop) {
    auto daemon = Daemon::create({line.config_path, line.desired_path, line.observe_only, say},
                                 read_environment(), clock, stop);
    if (daemon) {
      running = daemon->get();
      (*daemon)->run(stop);
    } else {
      say(daemon.error().message);
      result = stop.stop_requested() ? kGood : kError;
      SignalSet::wake();
    }
  });
  while (signals.wait() == Signal::Reload) {
    // What is wrong with an edit is in the log.
    if (Daemon* const daemon = running) daemon->look_soon();
  }
  work.request_stop();
  work.join();
  return result;
}

int check_files(const CommandLine& line) {
  const SignalSet signals;
  const auto loaded = load_files(line, signals);
  if (!loaded) return kError;
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
