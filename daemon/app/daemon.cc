#include "app/daemon.h"

#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "app/bug_report.h"
#include "app/build_info.h"
#include "app/descriptors.h"
#include "app/exposure.h"
#include "app/poll_schedule.h"
#include "app/resolve_once.h"
#include "app/safety_rules.h"
#include "app/state.h"
#include "app/state_sections.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// The API server's storage is shared with everybody. Sixteen workers that wait so long for the
// same save still use up the default budget of five writes a second.
constexpr Duration kBetweenSharedSaves = std::chrono::seconds(2);

Error as_error(const std::vector<Problem>& problems) {
  std::string text = format(problems);
  if (text.ends_with('\n')) text.pop_back();
  return Error{std::move(text)};
}

void warn_of_descriptors(Logger& log) {
  constexpr std::uint64_t kEnough = 1024;
  const std::uint64_t limit = descriptor_limit();
  if (limit >= kEnough) return;
  const std::string count = std::to_string(limit);
  log.log(LogLevel::Warn, log_event::kDescriptors,
          "this process may open only " + count +
              " files and connections at once; raise its hard limit (LimitNOFILE of systemd, "
              "ulimit -Hn) to " +
              std::to_string(kEnough) + " or more",
          {{log_key::kCount, count}});
}

void report_no_state(const PollSettings& poll, Logger& log) {
  log.log(LogLevel::Info, log_event::kState,
          "there is no state file: a restart forgets since when states and drifts last, what was "
          "switched in the last " +
              format_duration(brake_window(poll)) +
              ", which codes were used, which fields are contested, and what left the desired "
              "state. Set journal.file or state.file");
}

template <class Listener>
Listener reporting_throws(Listener listener, const OnThrow& threw) {
  listener.threw = threw;
  return listener;
}

WritePermit permit_of(const WritePermit& permit, const Membership* membership) {
  return membership == nullptr ? permit : permit.while_leading(membership->leadership);
}

std::string address_text(const std::string& host, int port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace

// One of the threads besides the workers.
struct Daemon::Loop {
  const char* thread;  // one of kThreads
  const char* name;
  std::function<void(const std::stop_token&)> run;
  std::jthread running = {};
};

Result<Daemon::Files> Daemon::load_files(const Options& options, Clock& clock,
                                         const std::stop_token& stop) {
  Files files{std::make_unique<Config>(options.config_path, options.desired_path,
                                       revision_file_of_environment())};
  auto loaded = files.config->load(clock, stop, options.waits);
  if (!loaded) return Unexpected(as_error(loaded.error()));
  files.loaded = *std::move(loaded);
  auto web = WebWatch::open(files.loaded.settings.server);
  if (!web) return Unexpected(web.error());
  files.web = *std::move(web);
  return files;
}

Result<std::unique_ptr<Daemon>> Daemon::create(const Options& options, Files& files,
                                               const Environment& environment, Clock& clock,
                                               const Membership* membership) {
  const Settings& settings = files.loaded.settings;
  Foundation start;
  start.records = std::make_unique<Records>(settings, clock);
  Records& records = *start.records;
  warn_of_odd_files(files.loaded.warnings, records.log);
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
  std::unique_ptr<Daemon> daemon(
      new Daemon(options, std::move(start), environment, clock, membership));
  if (auto served = daemon->serve(); !served) {
    files = daemon->take_files();
    return Unexpected(served.error());
  }
  return daemon;
}

Daemon::Daemon(const Options& options, Foundation foundation, const Environment& environment,
               Clock& clock, const Membership* membership)
    : membership_(membership),
      manager_(options.manager),
      permit_(permit_of(options.permit.unless_frozen(freezes_), membership)),
      at_start_(foundation.files.settings),
      clock_(clock),
      records_(std::move(foundation.records)),
      azure_watch_(std::move(foundation.azure_watch)),
      azure_(std::move(foundation.azure)),
      web_(std::move(foundation.web)),
      unmanaged_(clock),
      safety_(clock, permit_, safety_rules(at_start_), safety_hooks()),
      reconciler_(azure_->plans(), clock, reconciler_options()),
      graph_watch_(records_->metrics, records_->log, bulk_interval(at_start_.poll).has_value()),
      actor_watch_({*records_->journal, records_->board, records_->metrics, records_->log,
                    [this](ActorQuestion question) { attributor_.ask(std::move(question)); }}),
      recorder_({*records_->journal, records_->board, records_->metrics, records_->outcome_log,
                 safety_, records_->departures, records_->shares, graph_watch_, actor_watch_,
                 records_->log, fleet_known(), [this] { return follower_.complete(); }}),
      controller_(
          reconciler_, clock,
          [this](const Lane& lane) { return azure_->throttle().ready_at(lane); },
          [this] { return random_.unit(); },
          reporting_throws(recorder_.listener(), bugs().of("reconcile")),
          {.workers = at_start_.poll.workers,
           .schedule = schedule_of(at_start_.poll),
           .heartbeats = &records_->heartbeats}),
      attributor_(azure_->activity(), clock, attributor_options(at_start_.azure),
                  reporting_throws(actor_watch_.listener(), bugs().of("activity"))),
      findings_watch_(
          {records_->board, records_->coverage, records_->findings, *records_->journal,
           records_->log, clock,
           [this] { return follower_.complete() && records_->board.never_attempted() == 0; }},
          at_start_.findings.enabled),
      inspector_(
          azure_->accounts(), clock,
          [this](const Lane& lane) { return azure_->throttle().ready_at(lane); },
          inspector_options(at_start_.findings),
          reporting_throws(findings_watch_.listener(), bugs().of("findings"))),
      freeze_watch_({freezes_, records_->board, *records_->journal, records_->log, clock,
                     [this](SubscriptionId id) { controller_.reconcile_now(id); },
                     [this] { state_.save_if_changed(); }}),
      state_(stands_by() ? nullptr : std::move(foundation.state), clock, records_->log,
             state_sections({safety_, records_->board, controller_, records_->departures,
                             records_->incidents, unmanaged_, records_->shares, records_->events,
                             records_->outcome_log, attributor_, findings_watch_, freeze_watch_},
                            at_start_, clock),
             {.on_write_error = [this] { records_->metrics.state_failed(); },
              .may_save = [this] { return may_write(); },
              .rest = membership_ == nullptr ? Duration::zero() : kBetweenSharedSaves}),
      sweeper_(controller_, azure_->bulk(), clock, bulk_interval(at_start_.poll),
               reporting_throws(graph_watch_.listener(), bugs().of("graph"))),
      fleet_({*records_->journal, safety_, records_->board, controller_, sweeper_,
              records_->outcome_log, recorder_, records_->departures, records_->log, clock},
             at_start_),
      coverage_log_(unmanaged_, records_->log, records_->coverage),
      credential_watch_(azure_->credential_expiry(), records_->metrics, clock, records_->log),
      follower_(azure_->visible(), clock, default_tenant(at_start_, environment), scope_listener()),
      reloader_(std::move(foundation.config), foundation.files,
                {options.config_path, options.desired_path}, appliers(), records_->metrics, clock,
                records_->log),
      health_({controller_, safety_, records_->board, records_->departures, records_->incidents,
               reloader_, *azure_watch_, credential_watch_, graph_watch_, freeze_watch_, clock,
               fleet_known(), [this] { return threads(); }},
              {at_start_.azure.request_timeout, permit_.only_observes()}) {
  records_->metrics.watch_queue([this] {
    const WorkQueue::Stats stats = controller_.stats().queue;
    return QueueStats{static_cast<double>(stats.due), stats.oldest_age};
  });
  records_->metrics.watch_freezes([this] { return freeze_watch_.status(); });
  if (membership_ != nullptr) records_->metrics.watch_leadership(membership_->status);
  if (stands_by()) {
    const auto tenant = default_tenant(at_start_, environment);
    standby_.emplace(StandbyWatch::Parts{std::move(foundation.state),
                                         [this, tenant](const std::stop_token& stop) {
                                           return azure_->prove_credential(tenant, stop);
                                         },
                                         membership_->status, clock, records_->log});
    standby_->set_desired(std::move(foundation.files.desired));
    return;
  }
  state_.load();  // before anything is declared
  freeze_watch_.set_declared(at_start_.safety.freezes);
  follower_.set_intervals(at_start_.poll.interval, at_start_.poll.full_interval);
  follower_.set_declared(std::move(foundation.files.desired));
}

void Daemon::report_start() {
  const std::string listen = address_text(at_start_.server.host, port());
  Logger& log = records_->log;
  log.log(
      LogLevel::Info, log_event::kStarted,
      "defenderd " + std::string(kVersion) + " " + role_text() +
          (permit_.only_observes() ? ", observing only (--observe)" : "") + "; " +
          azure_->description() + "; " + observation_text(at_start_.poll) + "; listening on " +
          listen,
      {{log_key::kVersion, kVersion}, {log_key::kRevision, kRevision}, {log_key::kListen, listen}});
  warn_of_descriptors(log);
  if (manager_ != nullptr) manager_->ready(service_state().status);
  report_exposure(at_start_.server, web_ ? &web_->access() : nullptr, log);
  if (membership_ == nullptr || stands_by()) return;
  records_->journal->record(Journal::Event{
      .result = "leads",
      .message = "this replica leads now, by the lease " + membership_->status().lease});
}

// In the order in which a stop waits for them.
std::vector<Daemon::Loop> Daemon::loops() {
  std::vector<Loop> loops;
  const auto add = [&](const char* thread, const char* name,
                       std::function<void(const std::stop_token&)> run) {
    loops.push_back({thread, name, std::move(run)});
  };
  add("files", "the watch on the files",
      [this](const std::stop_token& ended) { reloader_.watch(ended); });
  if (manager_ != nullptr && manager_->listens()) {
    add("watchdog", "the notification of the service manager",
        [this](const std::stop_token& ended) {
          manager_->watch([this] { return service_state(); }, records_->log, ended);
        });
  }
  if (standby_) {
    add("standby", "the proof of the credential",
        [this](const std::stop_token& ended) { standby_->run(ended); });
    return loops;
  }
  add("scopes", "the listing of subscriptions",
      [this](const std::stop_token& ended) { follower_.run(ended); });
  add("graph", "the query of Azure Resource Graph",
      [this](const std::stop_token& ended) { sweeper_.run(ended); });
  add("activity", "the query of the activity log",
      [this](const std::stop_token& ended) { attributor_.run(ended); });
  add("findings", "the inspection of AI accounts",
      [this](const std::stop_token& ended) { inspector_.run(ended); });
  add("state", "the saving of the state",
      [this](const std::stop_token& ended) { state_.run(ended); });
  return loops;
}

void Daemon::run(const std::stop_token& stop, StopStage& stage) {
  report_start();
  std::vector<Loop> all = loops();
  for (Loop& loop : all) {
    loop.running = std::jthread([&, threw = bugs().of(loop.thread)](const std::stop_token& ended) {
      const Heartbeat heartbeat(&records_->heartbeats, loop.thread);
      while (!guarded(loop.name, threw, [&] { loop.run(ended); }) && !ended.stop_requested()) {
        clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, ended);
      }
    });
  }
  if (standby_) {
    clock_.sleep_until(SteadyTime::max(), stop);
  } else {
    stage.enter("a reconcile");
    controller_.run(stop);
  }
  for (Loop& loop : all) loop.running.request_stop();
  for (Loop& loop : all) {
    stage.enter(loop.name);
    loop.running.join();
  }
  if (!standby_) {
    stage.enter("the state");
    state_.save_if_changed();
  }
  stage.enter("a response of the server");
  server_->stop();
  records_->log.log(LogLevel::Info, log_event::kStopped,
                    "defenderd has stopped; all work finished");
}

Daemon::Files Daemon::take_files() {
  return {reloader_.take_config(),
          {reloader_.settings(), standby_ ? standby_->take_desired() : follower_.declared()},
          web_};
}

}  // namespace defenderd
