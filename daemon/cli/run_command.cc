#include "cli/run_command.h"

#include <unistd.h>

#include <functional>
#include <stop_token>
#include <utility>

#include "app/cluster_host.h"
#include "app/daemon.h"
#include "app/descriptors.h"
#include "app/environment.h"
#include "app/service_manager.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "cli/complain.h"
#include "cli/process.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

void say(const std::string& text) { complain(text); }

// What SIGHUP does, while there is something to reload. Set by one thread, called by another.
class OnReload {
 public:
  // For as long as it lives; also an exception ends it.
  class Scope {
   public:
    Scope(OnReload& reload, std::function<void()> act) : reload_(reload) {
      reload_.set(std::move(act));
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { reload_.set({}); }

   private:
    OnReload& reload_;
  };
  void operator()() {
    const MutexLock lock(mutex_);
    if (act_) act_();
  }

 private:
  void set(std::function<void()> act) {
    const MutexLock lock(mutex_);
    act_ = std::move(act);
  }

  Mutex mutex_;
  std::function<void()> act_ GUARDED_BY(mutex_);
};

// The whole life of a daemon, or of a replica.
int serve(const CommandLine& line, OnReload& running, StopStage& stage,
          const std::stop_token& stop) {
  SystemClock clock;
  const Environment environment = read_environment();
  ServiceManager manager(environment, ::getpid(), clock);
  const std::stop_callback stopping(stop, [&manager] { manager.stopping(); });
  const Daemon::Options options{line.config_path, line.desired_path, line.permit, &manager, say};
  const auto refused = [&](const Error& why) {
    say(why.message);
    return stop.stop_requested() ? kGood : kError;
  };
  auto files = Daemon::load_files(options, clock, stop);
  if (!files) return refused(files.error());
  if (files->loaded.settings.coordination.enabled) {
    auto replica = create_replica(options, *std::move(files), environment, clock);
    if (!replica) return refused(replica.error());
    const OnReload::Scope reloads(running, [&replica] { (*replica)->poll_soon(); });
    auto done = (*replica)->run(stop, stage);
    return done ? kGood : refused(done.error());
  }
  auto daemon = Daemon::create(options, *files, environment, clock);
  if (!daemon) return refused(daemon.error());
  {
    const OnReload::Scope reloads(running, [&daemon] { (*daemon)->poll_soon(); });
    (*daemon)->run(stop, stage);
  }
  stage.enter("the last lines of the journal and the log");
  daemon->reset();
  return kGood;
}

}  // namespace

int run_daemon(const CommandLine& line) {
  const SignalSet signals;  // before any thread starts, so that only this one gets signals
  raise_descriptor_limit();
  OnReload running;
  StopStage stage("the start");
  SignalOptions options;
  // The log has what is wrong with an edit.
  options.reload = [&] { running(); };
  options.stage = &stage;
  int code = kGood;
  run_until_signal(
      signals, [&](const std::stop_token& stop) { code = serve(line, running, stage, stop); },
      options);
  return code;
}

}  // namespace defenderd
