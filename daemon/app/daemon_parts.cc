#include "app/daemon_parts.h"

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "app/appliers.h"
#include "app/default_tenant.h"
#include "app/file_sections.h"
#include "app/poll_schedule.h"
#include "app/safety_rules.h"
#include "app/state_sections.h"
#include "desired/content_hash.h"

namespace defenderd {
namespace {

// The API server's storage is shared with everybody. Sixteen workers that wait so long for the
// same save still use up the default budget of five writes a second.
constexpr Duration kBetweenSharedSaves = std::chrono::seconds(2);

template <class Listener>
Listener reporting_throws(Listener listener, const OnThrow& threw) {
  listener.threw = threw;
  return listener;
}

std::unique_ptr<TakeoverWait> takeover_of(const Foundation& foundation, Logger& log) {
  const Membership* const membership = foundation.membership;
  if (membership == nullptr || !membership->leads) return nullptr;
  return std::make_unique<TakeoverWait>(membership->leadership, membership->identity,
                                        foundation.clock, log);
}

WritePermit permit_of(const WritePermit& permit, const Membership* membership,
                      const TakeoverWait* takeover) {
  if (takeover != nullptr) return permit.while_leading(*takeover);
  return membership == nullptr ? permit : permit.while_leading(membership->leadership);
}

void report_brake(const BrakeNotice& notice, Logger& log) {
  using Kind = BrakeNotice::Kind;
  log.log(notice.kind == Kind::Holding      ? LogLevel::Error
          : notice.kind == Kind::Incomplete ? LogLevel::Warn
                                            : LogLevel::Info,
          log_event::kBrake, notice.message,
          {{log_key::kReason, to_text(notice.reason)},
           {log_key::kCount, std::to_string(notice.changes)}});
}

Safety::Hooks safety_hooks(DaemonParts& parts) {
  Safety::Hooks hooks;
  hooks.hash = [](std::string_view text) { return content_hash({text}); };
  hooks.make_due = [&parts](const std::vector<SubscriptionId>& ids) {
    for (const SubscriptionId id : ids) parts.controller.reconcile_now(id);
  };
  hooks.last_writer = [&board = parts.records->board](SubscriptionId id, const Field& field) {
    return last_writer(board, id, field);
  };
  hooks.report = [&records = *parts.records](const BrakeNotice& notice) {
    report_brake(notice, records.log);
    if (notice.kind == BrakeNotice::Kind::Confirmed)
      records.journal->record(Journal::Event{.result = journal_result::kConfirmed,
                                             .message = notice.message,
                                             .confirmed = notice.code});
  };
  return hooks;
}

Reconciler::Options reconciler_options(DaemonParts& parts) {
  Reconciler::Options options;
  options.permit = parts.permit;
  options.safety = parts.safety.check();
  options.is_in_force = [&safety = parts.safety](const DesiredSubscription& desired) {
    return safety.is_in_force(desired);
  };
  options.about_to_write = [&parts](const DesiredSubscription& desired,
                                    const std::vector<Change>& changes) {
    parts.records->journal->about_to_write(desired, changes);
    parts.state.before_write();
  };
  return options;
}

ScopeFollower::Listener scope_listener(DaemonParts& parts, const Environment& environment) {
  ScopeFollower::Listener listener;
  listener.resolved = [&parts, own = default_tenant(parts.at_start.azure, environment)](
                          const Resolution& resolution, const ScopeNews& news) {
    parts.coverage_log.resolved(resolution, news);
    std::set<std::optional<TenantId>> tenants{std::nullopt, own};
    for (const TenantView& view : news.tenants) tenants.insert(view.tenant);
    parts.azure_watch->keep_only(tenants);
    if (!parts.follower.complete()) parts.safety.fleet_is_incomplete();
  };
  listener.listed = [&parts](const std::vector<DiscoveredSubscription>& visible) {
    parts.records->board.set_tags(visible);
  };
  listener.declare = [&parts](const DesiredState& fleet) {
    parts.fleet.declare(fleet);
    parts.freeze_watch.fleet_declared(parts.follower.complete());
  };
  listener.in_effect = [&parts] {
    parts.recorder.declared();
    parts.findings_watch.refresh();  // names, owners, acceptances
  };
  listener.listing_ended = [&parts] { parts.recorder.listed(); };
  listener.threw = parts.bugs().of("scopes");
  return listener;
}

std::unique_ptr<StandbyWatch> standby_watch(DaemonParts& parts, Foundation& foundation,
                                            const Environment& environment) {
  if (!parts.stands_by()) return nullptr;
  const auto tenant = default_tenant(parts.at_start.azure, environment);
  return std::make_unique<StandbyWatch>(
      StandbyWatch::Parts{std::move(foundation.state),
                          [&azure = *parts.azure, tenant](const std::stop_token& stop) {
                            return azure.prove_credential(tenant, stop);
                          },
                          [&random = parts.random] { return random.unit(); },
                          parts.membership->status, parts.clock, parts.records->log});
}

std::function<LeadershipStatus()> leadership_of(const Membership* membership) {
  return membership == nullptr ? nullptr : membership->status;
}

// Those of this daemon, the writer of the log, and the one that takes part in the election.
std::vector<Heartbeats::Reading> all_threads(const DaemonParts& parts) {
  std::vector<Heartbeats::Reading> threads = parts.records->heartbeats.read();
  threads.push_back({"log", parts.records->log.stats().silent});
  if (parts.membership != nullptr) {
    for (Heartbeats::Reading& reading : parts.membership->heartbeats.read())
      threads.push_back(std::move(reading));
  }
  return threads;
}

void connect_metrics(DaemonParts& parts) {
  Metrics& metrics = parts.records->metrics;
  metrics.watch_queue([&parts] {
    const WorkQueue::Stats stats = parts.controller.stats().queue;
    return QueueStats{static_cast<double>(stats.due), stats.oldest_age};
  });
  metrics.watch_freezes([&parts] { return parts.freeze_watch.status(); });
  if (parts.membership != nullptr) metrics.watch_leadership(parts.membership->status);
}

std::vector<StateSection> sections_of(DaemonParts& parts) {
  Records& records = *parts.records;
  std::vector<StateSection> sections = state_sections(
      {parts.safety, records.board, parts.controller, records.departures, records.incidents,
       parts.unmanaged, records.shares, records.events, records.outcome_log, parts.attributor,
       parts.findings_watch, parts.freeze_watch, parts.takeover.get()},
      parts.at_start, parts.clock);
  sections.push_back(removals_section(parts.follower, parts.clock));
  sections.push_back(files_section(parts.reloader));
  return sections;
}

// A standby passes the files on to the leader that it may become.
void declare(DaemonParts& parts, DesiredState desired) {
  if (parts.standby) {
    parts.standby->set_desired(std::move(desired));
    return;
  }
  if (parts.takeover) parts.takeover->set_in_force(desired.hash);
  parts.state.load();  // before anything is declared
  parts.freeze_watch.set_declared(parts.at_start.safety.freezes);
  parts.follower.set_intervals(parts.at_start.poll.interval, parts.at_start.poll.full_interval);
  if (parts.reloader.awaits_desired()) {
    parts.held_back = std::move(desired);
    return;
  }
  parts.follower.set_declared(std::move(desired));
}

}  // namespace

DaemonParts::DaemonParts(const Daemon::Options& options, Foundation foundation,
                         const Environment& environment)
    : membership(foundation.membership),
      manager(options.manager),
      clock(foundation.clock),
      records(std::move(foundation.records)),
      takeover(takeover_of(foundation, records->log)),
      freezes(clock),
      permit(permit_of(options.permit.unless_frozen(freezes), membership, takeover.get())),
      at_start(std::move(foundation.at_start)),
      azure_watch(std::move(foundation.azure_watch)),
      azure(std::move(foundation.azure)),
      web(std::move(foundation.web)),
      unmanaged(clock),
      safety(clock, permit, safety_rules(at_start), safety_hooks(*this)),
      reconciler(azure->plans(), clock, reconciler_options(*this)),
      graph_watch(records->metrics, records->log, bulk_interval(at_start.poll).has_value()),
      actor_watch({*records->journal, records->board, records->metrics, records->log,
                   [this](ActorQuestion question) { attributor.ask(std::move(question)); }}),
      recorder({*records->journal, records->board, records->metrics, records->outcome_log, safety,
                records->departures, records->shares, graph_watch, actor_watch, records->log, clock,
                [this] { return follower.attempted(); }, [this] { return follower.complete(); },
                [this](SubscriptionId id) { return follower.may_cover(id); }}),
      controller(
          reconciler, clock, [this](const Lane& lane) { return azure->throttle().work_at(lane); },
          [this] { return random.unit(); },
          reporting_throws(recorder.listener(), bugs().of("reconcile")),
          {.workers = at_start.poll.workers,
           .schedule = schedule_of(at_start.poll),
           .heartbeats = &records->heartbeats}),
      attributor(azure->activity(), clock, attributor_options(at_start.azure),
                 reporting_throws(actor_watch.listener(), bugs().of("activity"))),
      findings_watch(
          {records->board, records->coverage, records->findings, *records->journal, records->log,
           clock, [this] { return follower.attempted() && records->board.never_attempted() == 0; },
           [this](SubscriptionId id) { return follower.may_cover(id); }},
          at_start.findings.enabled),
      inspector(
          azure->accounts(), clock,
          [this](const Lane& lane) { return azure->throttle().ready_at(lane); },
          inspector_options(at_start.findings),
          reporting_throws(findings_watch.listener(), bugs().of("findings"))),
      freeze_watch({freezes, records->board, *records->journal, records->log, clock,
                    [this](SubscriptionId id) { controller.reconcile_now(id); },
                    [this] { return state.save_now(); }}),
      state(stands_by() ? nullptr : std::move(foundation.state), clock, records->log,
            sections_of(*this),
            {.on_write_error = [this] { records->metrics.state_failed(); },
             .may_save = [this] { return may_write(); },
             .min_gap = membership == nullptr ? Duration::zero() : kBetweenSharedSaves}),
      standby(standby_watch(*this, foundation, environment)),
      sweeper(controller, azure->bulk(), clock, bulk_interval(at_start.poll),
              reporting_throws(graph_watch.listener(), bugs().of("graph"))),
      fleet({*records->journal, safety, records->board, controller, sweeper, records->outcome_log,
             records->departures, records->log, clock, records->coverage},
            at_start),
      coverage_log(unmanaged, records->log, records->coverage),
      credential_watch(azure->credential_expiry(), records->metrics, clock, records->log),
      follower(azure->visible(), clock, default_tenant(at_start.azure, environment),
               scope_listener(*this, environment)),
      reloader(std::move(foundation.config), foundation.files, at_start,
               {options.config_path, options.desired_path}, appliers_of(*this), records->metrics,
               clock, records->log),
      health({controller, safety, records->board, records->coverage, records->departures,
              records->incidents, reloader, *azure_watch, credential_watch, graph_watch,
              freeze_watch, clock, [this] { return follower.attempted(); },
              [this] { return all_threads(*this); }, leadership_of(membership), standby.get()},
             {at_start.azure.request_timeout, permit.only_observes()}) {
  connect_metrics(*this);
  declare(*this, std::move(foundation.files.desired));
}

void DaemonParts::writing_resumes() {
  for (const SubscriptionId id : waiting_for(records->board.snapshot(), Reason::NotLeader))
    controller.reconcile_now(id);
}

}  // namespace defenderd
