#include "cli/run_command.h"

#include <atomic>
#include <stop_token>

#include "app/daemon.h"
#include "app/descriptors.h"
#include "app/environment.h"
#include "base/clock.h"
#include "cli/complain.h"
#include "cli/process.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

void say(const std::string& text) { complain(text); }

// The whole life of a daemon. `running` is called if no stop was requested yet.
int serve(const CommandLine& line, std::atomic<Daemon*>& running, StopStage& stage,
          const std::stop_token& stop) {
  SystemClock clock;
  auto daemon = Daemon::create({line.config_path, line.desired_path, line.permit, say},
                               read_environment(), clock, stop);
  if (!daemon) {
    say(daemon.error().message);
    return stop.stop_requested() ? kGood : kError;
  }
  running = daemon->get();
  (*daemon)->run(stop, stage);
  stage.enter("the last lines of the journal and the log");
  daemon->reset();
  return kGood;
}

}  // namespace

int run_daemon(const CommandLine& line) {
  const SignalSet signals;  // before any thread starts, so that only this one gets signals
  protect_memory();
  raise_descriptor_limit();
  std::atomic<Daemon*> running = nullptr;
  StopStage stage("the start");
  SignalOptions options;
  // The log has what is wrong with an edit.
  options.reload = [&] {
    if (Daemon* const daemon = running) daemon->poll_soon();
  };
  options.stage = &stage;
  int code = kGood;
  run_until_signal(
      signals, [&](const std::stop_token& stop) { code = serve(line, running, stage, stop); },
      options);
  return code;
}

}  // namespace defenderd
