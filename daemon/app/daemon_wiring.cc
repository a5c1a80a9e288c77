// How the daemon connects its parts: which are queried, and which are called on events.

#include <optional>
#include <utility>

#include "app/bug_report.h"
#include "app/daemon.h"
#include "app/poll_schedule.h"
#include "app/safety_rules.h"
#include "app/state.h"
#include "desired/content_hash.h"

namespace defenderd {
namespace {

void report_brake(const BrakeNotice& notice, Logger& log) {
  const bool holding = notice.kind == BrakeNotice::Kind::Holding;
  log.log(holding ? LogLevel::Error : LogLevel::Info, log_event::kBrake, notice.message,
          {{log_key::kReason, to_text(notice.reason)},
           {log_key::kCount, std::to_string(notice.changes)}});
}

}  // namespace

Safety::Hooks Daemon::safety_hooks() {
  Safety::Hooks hooks;
  hooks.hash = [](std::string_view text) { return content_hash({text}); };
  hooks.make_due = [this](const std::vector<SubscriptionId>& ids) {
    for (const SubscriptionId id : ids) controller_.reconcile_now(id);
  };
  hooks.report = [this](const BrakeNotice& notice) {
    report_brake(notice, records_->log);
    if (notice.kind == BrakeNotice::Kind::Confirmed)
      records_->journal->record(Journal::Event{
          .result = "confirmed", .message = notice.message, .confirmed = notice.code});
  };
  return hooks;
}

Reconciler::Options Daemon::reconciler_options() {
  Reconciler::Options options;
  options.permit = permit_;
  options.safety = safety_.check();
  options.about_to_write = [this](const DesiredSubscription& desired,
                                  const std::vector<Change>& changes) {
    records_->journal->about_to_write(desired, changes);
    state_.before_write();
  };
  return options;
}

ScopeFollower::Listener Daemon::scope_listener() {
  ScopeFollower::Listener listener;
  listener.resolved = [this](const Resolution& resolution, const ScopeNews& news) {
    coverage_log_.resolved(resolution, news);
  };
  listener.listed = [this](const std::vector<DiscoveredSubscription>& visible) {
    records_->board.set_tags(visible);
  };
  listener.declare = [this](const DesiredState& fleet) { fleet_.declare(fleet); };
  listener.threw = bugs().of("scopes");
  return listener;
}

// A standby follows the files for the leader that it may become.
Reloader::Appliers Daemon::standby_appliers() {
  Reloader::Appliers appliers;
  appliers.settings = {
      [this](const Settings& settings) { records_->log.set_level(settings.log.level); }};
  appliers.desired = [this](DesiredState desired) { standby_->set_desired(std::move(desired)); };
  appliers.polled = [this] { check_other_files(); };
  add_signal_appliers(appliers);
  return appliers;
}

// Freezes first, because they stop everything; then bottom up, from the log to the fleet.
Reloader::Appliers Daemon::appliers() {
  if (stands_by()) return standby_appliers();
  Reloader::Appliers appliers;
  appliers.settings = {
      [this](const Settings& settings) { freeze_watch_.set_declared(settings.safety.freezes); },
      [this](const Settings& settings) { records_->log.set_level(settings.log.level); },
      [this](const Settings& settings) {
        azure_->throttle().set_rates(
            {settings.azure.reads_per_second, settings.azure.writes_per_second});
      },
      [this](const Settings& settings) {
        attributor_.set_options(attributor_options(settings.azure));
      },
      [this](const Settings& settings) {
        findings_watch_.set_enabled(settings.findings.enabled);
        inspector_.set_options(inspector_options(settings.findings));
      },
      [this](const Settings& settings) {
        records_->incidents.set_window(settings.poll.interval);
        controller_.set_schedule(schedule_of(settings.poll));
      },
      [this](const Settings& settings) {
        const std::optional<Duration> interval = bulk_interval(settings.poll);
        sweeper_.set_interval(interval);
        graph_watch_.set_in_use(interval.has_value());
      },
      [this](const Settings& settings) {
        follower_.set_intervals(settings.poll.interval, settings.poll.full_interval);
      },
      [this](const Settings& settings) {
        safety_.set_rules(safety_rules(settings));
        recorder_.show_brakes();
      },
      [this](const Settings& settings) { fleet_.apply(settings); },
  };
  appliers.desired = [this](DesiredState desired) {
    fleet_.edit([&] { follower_.set_declared(std::move(desired)); });
  };
  appliers.polled = [this] {
    freeze_watch_.check();
    check_other_files();
  };
  add_signal_appliers(appliers);
  return appliers;
}

void Daemon::check_other_files() {
  credential_watch_.check();
  if (web_) web_->check(clock_, records_->metrics, records_->log);
}

void Daemon::add_signal_appliers(Reloader::Appliers& appliers) {
  if (manager_ == nullptr) return;
  appliers.reloading = [this] { manager_->reloading(); };
  appliers.reloaded = [this] { manager_->ready(service_state().status); };
}

std::vector<Heartbeats::Reading> Daemon::threads() const {
  std::vector<Heartbeats::Reading> threads = records_->heartbeats.read();
  threads.push_back({"log", records_->log.stats().silent});
  if (membership_ != nullptr) {
    for (Heartbeats::Reading& reading : membership_->heartbeats.read())
      threads.push_back(std::move(reading));
  }
  return threads;
}

std::function<bool()> Daemon::fleet_known() const {
  return [this] { return follower_.attempted(); };
}

std::string Daemon::role_text() const {
  if (stands_by()) return "stands by";
  return "keeps " + count_text(records_->board.size(), records_->coverage.snapshot()->scopes) +
         " as declared";
}

// As /healthz, and like that it waits for no lock that work holds. The status is what a person
// needs to know first.
ServiceManager::State Daemon::service_state() const {
  ServiceManager::State state{health_.unhealthy(), role_text()};
  if (const std::string problems = reloader_.problems(); !problems.empty()) {
    state.status = "an edit is not in effect: " + problems;
  } else if (!standby_) {
    state.status = health_.not_ready().value_or(state.status);
  }
  return state;
}

DaemonStatus Daemon::status() const {
  DaemonStatus status = health_.status();
  if (membership_ != nullptr) status.leadership = membership_->status();
  if (standby_) status.shared_state = standby_->shared_state();
  return status;
}

// A standby has what the leader saved last.
FleetHistory Daemon::fleet_history() const {
  if (standby_) return *standby_->fleet_history();
  return {records_->shares.samples(), records_->events.memory(), records_->incidents.active(),
          records_->incidents.ended()};
}

// Those that wait because this leader could not renew its lease.
void Daemon::writing_resumes() {
  for (const SubscriptionId id : waiting_for(records_->board.snapshot(), Reason::NotLeader))
    controller_.reconcile_now(id);
}

EndpointHooks Daemon::hooks() {
  EndpointHooks hooks;
  hooks.healthy = [this] { return health_.unhealthy(); };
  hooks.ready = [this] { return standby_ ? standby_->not_ready() : health_.not_ready(); };
  // A freeze that cannot be saved would be unknown to the leader that may have taken over.
  hooks.cannot_act = [this](bool writes) -> std::optional<EndpointHooks::CannotAct> {
    if (!stands_by() && (!writes || may_write())) return std::nullopt;
    std::string why = membership_->leadership.standing().why_not;
    if (why.empty()) why = "this replica is taking over; try again";
    return EndpointHooks::CannotAct{stands_by(), std::move(why)};
  };
  hooks.reload = [this] { return reloader_.reload(); };
  hooks.reconcile = [this](std::optional<SubscriptionId> id) -> Result<Done> {
    if (!id) {
      follower_.list_soon();
      azure_->throttle().try_again();
    } else if (const auto row = records_->board.find(*id)) {
      azure_->throttle().try_again(row->desired->tenant);
    }
    if (controller_.request(id)) return Done{};
    return Unexpected(Error{"the subscription " + id->text() + " is not in the desired state"});
  };
  hooks.freeze = [this](Freeze freeze) { return freeze_watch_.freeze(std::move(freeze)); };
  hooks.thaw = [this](const std::string& reason, const std::string& by) {
    return freeze_watch_.thaw(reason, by);
  };
  hooks.status = [this] { return status(); };
  hooks.history = [this](SubscriptionId id) { return records_->history.of(id); };
  hooks.fleet_history = [this] { return fleet_history(); };
  // The leader's changes are in the leader's journal.
  hooks.changes = [this] {
    return standby_ ? ChangeFeed::Snapshot() : records_->changes.snapshot();
  };
  hooks.now = [this] { return clock_.wall_now(); };
  hooks.steady_now = [this] { return clock_.steady_now(); };
  return hooks;
}

Result<Done> Daemon::serve() {
  const ServerSettings& settings = at_start_.server;
  HttpServerOptions options;
  options.host = settings.host;
  options.port = settings.port;
  if (membership_ != nullptr) options.listener = &membership_->listener;
  options.clock = &clock_;
  options.heartbeats = &records_->heartbeats;
  if (web_) options.access = &web_->access();
  options.routes = make_routes(records_->board, records_->coverage, records_->findings,
                               records_->metrics, hooks(),
                               {settings.lifecycle,
                                membership_ != nullptr || !state_path(at_start_).empty(),
                                {settings.host, settings.allowed_hosts}});
  options.on_exception = [this](std::string_view what, std::size_t count) {
    records_->metrics.exception_caught("server", count);
    bugs().log_line("a request handler", what, count);
  };
  options.on_refused = [this](Refused why) {
    records_->metrics.http_refused(kHttpRefusals.at(static_cast<std::size_t>(why)));
  };
  auto listening = HttpServer::start(std::move(options));
  if (!listening) return Unexpected(listening.error());
  server_ = *std::move(listening);
  return Done{};
}

}  // namespace defenderd
