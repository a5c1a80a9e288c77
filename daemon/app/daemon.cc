#include "app/daemon.h"

#include <thread>
#include <utility>
#include <vector>

#include "app/build_info.h"
#include "app/daemon_parts.h"
#include "app/descriptors.h"
#include "app/exposure.h"
#include "app/foundation.h"
#include "app/poll_schedule.h"
#include "app/safety_rules.h"
#include "app/serve.h"
#include "app/state.h"
#include "base/guarded.h"
#include "base/host_port.h"
#include "base/time_text.h"
#include "desired/restart_keys.h"

namespace defenderd {
namespace {

void warn_of_descriptors(Logger& log) {
  const auto limit = descriptor_limit();
  const std::string warning = few_descriptors(limit);
  if (warning.empty()) return;
  log.log(LogLevel::Warn, log_event::kDescriptors, warning,
          {{log_key::kCount, std::to_string(limit.value_or(0))}});
}

void report_no_state(const PollSettings& poll, Logger& log) {
  log.log(LogLevel::Info, log_event::kState,
          "there is no state file: a restart forgets how long states and drifts have lasted, what "
          "was switched in the last " +
              format_duration(brake_window(poll)) +
              ", which codes were used, which fields are contested, and what left the desired "
              "state. Set journal.file or state.file");
}

// Records first, so that the others can log. It takes the files if it returns no Error.
Result<Foundation> lay_foundation(Daemon::Files& files, const Environment& environment,
                                  Clock& clock, const Membership* membership) {
  Foundation start{clock, membership};
  start.at_start = after_hand_over(files.at_start, files.loaded.settings);
  const Settings& settings = start.at_start;
  start.records = std::make_unique<Records>(settings, clock);
  Records& records = *start.records;
  warn_of_odd_files(files.loaded.warnings, records.log);
  for (const IgnoredFile& ignored : files.loaded.ignored)
    warn_of_odd_files({format(ignored)}, records.log);
  const std::string replica = membership == nullptr ? "" : membership->identity;
  if (auto opened = records.open_journal(settings, clock, replica); !opened) {
    return Unexpected(opened.error());
  }
  start.azure_watch = std::make_unique<AzureWatch>(records.metrics, records.log);
  AzureStack::Observers observers = start.azure_watch->observers();
  observers.heartbeats = &records.heartbeats;
  auto azure = AzureStack::create(settings, environment, clock, std::move(observers));
  if (!azure) return Unexpected(azure.error());
  start.azure = *std::move(azure);
  if (membership != nullptr) {
    start.state = membership->take_state();
  } else {
    auto state = open_state(settings);
    if (!state) return Unexpected(state.error());
    start.state = *std::move(state);
    if (!start.state) report_no_state(settings.poll, records.log);
  }
  start.config = std::move(files.config);
  start.files = std::move(files.loaded);
  start.web = std::move(files.web);
  return start;
}

void report_start(DaemonParts& parts, int port) {
  const std::string listen = host_and_port(parts.at_start.server.host, port);
  Logger& log = parts.records->log;
  log.log(
      LogLevel::Info, log_event::kStarted,
      "defenderd " + std::string(kVersion) + " " + parts.health.role() +
          (parts.permit.only_observes() ? ", observing only (--observe)" : "") + "; " +
          parts.azure->description() + "; " + observation_text(parts.at_start.poll) +
          "; listening on " + listen,
      {{log_key::kVersion, kVersion}, {log_key::kRevision, kRevision}, {log_key::kListen, listen}});
  warn_of_descriptors(log);
  if (parts.manager != nullptr) parts.manager->ready(parts.health.service_state().status);
  report_open_files(parts.web.get(), log);
  report_exposure(parts.at_start.server, parts.web ? &parts.web->access() : nullptr, log);
  if (parts.membership == nullptr || parts.stands_by()) return;
  parts.records->journal->record(Journal::Event{
      .result = journal_result::kLeads,
      .message = "this replica now leads, with the lease " + parts.membership->status().lease});
}

// How often the safety is told that time has passed.
constexpr Duration kBetweenLooks = std::chrono::seconds(1);

// One of the threads besides the workers.
struct Loop {
  const char* thread;  // one of kThreads
  const char* name;
  std::function<void(const std::stop_token&)> run;
  std::jthread running = {};
};

// In the order in which a stop waits for them.
std::vector<Loop> loops_of(DaemonParts& parts) {
  std::vector<Loop> loops;
  const auto add = [&](const char* thread, const char* name,
                       std::function<void(const std::stop_token&)> run) {
    loops.push_back({thread, name, std::move(run)});
  };
  add("files", "the file watcher",
      [&parts](const std::stop_token& ended) { parts.reloader.watch(ended); });
  if (parts.manager != nullptr && parts.manager->listens()) {
    add("watchdog", "the notification of the service manager",
        [&parts](const std::stop_token& ended) {
          parts.manager->watch([&parts] { return parts.health.service_state(); },
                               parts.records->log, ended);
        });
  }
  if (parts.standby) {
    add("standby", "the credential check",
        [&parts](const std::stop_token& ended) { parts.standby->run(ended); });
    return loops;
  }
  add("scopes", "the listing of subscriptions",
      [&parts](const std::stop_token& ended) { parts.follower.run(ended); });
  add("graph", "the query of Azure Resource Graph",
      [&parts](const std::stop_token& ended) { parts.sweeper.run(ended); });
  add("activity", "the query of the activity log",
      [&parts](const std::stop_token& ended) { parts.attributor.run(ended); });
  add("findings", "the inspection of AI accounts",
      [&parts](const std::stop_token& ended) { parts.inspector.run(ended); });
  add("safety", "the timer of the brakes", [&parts](const std::stop_token& ended) {
    while (parts.clock.sleep_until(parts.clock.steady_now() + kBetweenLooks, ended)) {
      parts.safety.pass_time();
      parts.recorder.show_brakes();
    }
  });
  add("state", "saving the state",
      [&parts](const std::stop_token& ended) { parts.state.run(ended); });
  return loops;
}

}  // namespace

Result<Daemon::Files> Daemon::load_files(const Options& options, Clock& clock,
                                         const std::stop_token& stop) {
  Files files{std::make_unique<Config>(options.config_path, options.desired_path,
                                       revision_file_of_environment())};
  auto loaded = files.config->load(clock, stop, options.waits);
  if (!loaded) return Unexpected(as_error(loaded.error()));
  files.loaded = *std::move(loaded);
  auto web = WebWatch::open(files.loaded.settings.server, clock, stop, options.waits,
                            files.loaded.warnings);
  if (!web) return Unexpected(web.error());
  files.web = *std::move(web);
  files.at_start = files.loaded.settings;
  return files;
}

Result<std::unique_ptr<Daemon>> Daemon::create(const Options& options, Files& files,
                                               const Environment& environment, Clock& clock,
                                               const Membership* membership) {
  auto foundation = lay_foundation(files, environment, clock, membership);
  if (!foundation) return Unexpected(foundation.error());
  std::unique_ptr<Daemon> daemon(new Daemon(options, *std::move(foundation), environment));
  auto server = serve(*daemon->parts_);
  if (!server) {
    files = daemon->take_files();
    return Unexpected(server.error());
  }
  daemon->server_ = *std::move(server);
  return daemon;
}

Daemon::Daemon(const Options& options, Foundation foundation, const Environment& environment)
    : parts_(std::make_unique<DaemonParts>(options, std::move(foundation), environment)) {}

Daemon::~Daemon() = default;

void Daemon::run(const std::stop_token& stop, StopStage& stage) {
  DaemonParts& parts = *parts_;
  report_start(parts, port());
  std::vector<Loop> all = loops_of(parts);
  for (Loop& loop : all) {
    loop.running =
        std::jthread([&, threw = parts.bugs().of(loop.thread)](const std::stop_token& ended) {
          const Heartbeat heartbeat(&parts.records->heartbeats, loop.thread);
          while (!guarded(loop.name, threw, [&] { loop.run(ended); }) && !ended.stop_requested()) {
            parts.clock.sleep_until(parts.clock.steady_now() + kPauseAfterThrow, ended);
          }
        });
  }
  if (parts.standby) {
    parts.clock.sleep_until(SteadyTime::max(), stop);
  } else {
    stage.enter("a reconcile");
    const std::stop_callback hurrying(stop, [&parts] { parts.state.hurry(); });
    parts.controller.run(stop);
  }
  for (Loop& loop : all) loop.running.request_stop();
  for (Loop& loop : all) {
    stage.enter(loop.name);
    loop.running.join();
  }
  if (!parts.standby) {
    stage.enter("the state");
    guarded("saving the state", parts.bugs().of("state"), [&] { parts.state.save_if_changed(); });
  }
  stage.enter("a response of the server");
  server_->stop();
  // A replica goes on after a hand-over.
  if (parts.membership == nullptr) {
    parts.records->log.log(LogLevel::Info, log_event::kStopped, kHasStopped);
  } else {
    parts.records->log.log(LogLevel::Info, log_event::kLeadership,
                           "this replica's work as " +
                               std::string(parts.stands_by() ? "a standby" : "the leader") +
                               " has ended");
  }
}

Daemon::Files Daemon::take_files() {
  DaemonParts& parts = *parts_;
  DesiredState desired = parts.standby                     ? parts.standby->take_desired()
                         : parts.reloader.awaits_desired() ? std::move(parts.held_back)
                                                           : parts.follower.declared();
  return {parts.reloader.take_config(),
          {.settings = parts.reloader.settings(),
           .desired = std::move(desired),
           .refused = parts.reloader.refused()},
          parts.web,
          parts.at_start};
}

void Daemon::writing_resumes() { parts_->writing_resumes(); }

void Daemon::count_exception(std::string_view thread) {
  parts_->records->metrics.exception_caught(thread);
}

void Daemon::poll_soon() { parts_->reloader.poll_soon(); }

}  // namespace defenderd
