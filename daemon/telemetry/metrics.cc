#include "telemetry/metrics.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/time_text.h"
#include "core/write_gate.h"

namespace defenderd {
namespace {

using Labels = std::map<std::string, std::string>;
using Bounds = prometheus::Histogram::BucketBoundaries;

const Bounds kReconcileBounds{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
const Bounds kCorrectionBounds{1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600};
const Bounds kRequestBounds{0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90};

// Known statuses of ARM and Entra; any other appears when it is first seen.
constexpr std::array kKnownStatuses{200, 201, 202, 400, 401, 403, 404,
                                    408, 409, 429, 500, 502, 503, 504};

template <class Enum>
constexpr std::size_t slot(Enum value) {
  return static_cast<std::size_t>(value);
}

template <class Value>
std::string str(Value value) {
  return std::string(to_text(value));
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

auto counters(prometheus::Registry& registry, const std::string& name, const std::string& help)
    -> prometheus::Family<prometheus::Counter>& {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

auto gauges(prometheus::Registry& registry, const std::string& name, const std::string& help)
    -> prometheus::Family<prometheus::Gauge>& {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

auto histograms(prometheus::Registry& registry, const std::string& name, const std::string& help)
    -> prometheus::Family<prometheus::Histogram>& {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics(const StatusBoard& board, const CoverageBoard& coverage, Options options)
    : board_(board),
      coverage_(coverage),
      options_(std::move(options)),
      reconciles_(
          counters(registry_, "defenderd_reconciles_total", "Subscription reconciles by result.")),
      reconcile_duration_(histograms(registry_, "defenderd_reconcile_duration_seconds",
                                     "Duration of a subscription's reconcile.")
                              .Add({}, kReconcileBounds)),
      failures_(counters(registry_, "defenderd_reconcile_failures_total",
                         "Failed reconciles by reason.")),
      drifts_(counters(registry_, "defenderd_drift_detected_total",
                       "Fields that differed from their declaration; a field that stays different "
                       "counts at each reconcile.")),
      corrections_(counters(registry_, "defenderd_corrections_total",
                            "Changes written to ARM, by field and result.")),
      correction_duration_(
          histograms(registry_, "defenderd_drift_correction_duration_seconds",
                     "From when a drift was first observed to when its correction was verified.")),
      attributed_(counters(registry_, "defenderd_drift_attributed_total",
                           "Subscriptions with a new drift, by who changed them according to "
                           "Azure's activity log; several: more than one wrote at that time; none: "
                           "no actor is known.")),
      withheld_(counters(registry_, "defenderd_changes_withheld_total",
                         "Changes that were withheld, by reason; a change that stays withheld "
                         "counts at each reconcile.")),
      arm_requests_(counters(
          registry_, "defenderd_arm_requests_total",
          "Requests to ARM by operation, and by HTTP status or the reason why there was none.")),
      arm_duration_(histograms(registry_, "defenderd_arm_request_duration_seconds",
                               "Duration of requests to ARM.")),
      throttled_(counters(registry_, "defenderd_arm_throttled_total",
                          "429 responses from ARM, Resource Graph included.")
                     .Add({})),
      token_requests_(
          counters(registry_, "defenderd_token_requests_total", "Token requests by result.")),
      graph_queries_(
          counters(registry_, "defenderd_graph_queries_total",
                   "Queries of Azure Resource Graph for the state of subscriptions, by result.")),
      graph_unanswered_(gauges(registry_, "defenderd_graph_unanswered_subscriptions",
                               "Subscriptions that are read directly because the last query of "
                               "Azure Resource Graph returned no answer for them.")
                            .Add({})),
      graph_disagreements_(
          counters(registry_, "defenderd_graph_disagreements_total",
                   "Direct reads that found drift that Azure Resource Graph had not shown.")
              .Add({})),
      sweep_completed_(gauges(registry_, "defenderd_sweep_last_completed_timestamp_seconds",
                              "When the last sweep of the whole fleet ended; 0 before the first.")
                           .Add({})),
      brake_held_(gauges(registry_, "defenderd_brake_held_changes",
                         "Changes that a brake holds until they are confirmed, by reason.")),
      rollout_stopped_(gauges(registry_, "defenderd_rollout_stopped",
                              "1 while a roll-out has stopped after failures.")
                           .Add({})),
      journal_failed_(
          counters(registry_, "defenderd_journal_write_errors_total",
                   "Failed attempts to write the journal; the lines are kept for the next attempt.")
              .Add({})),
      http_refused_(counters(
          registry_, "defenderd_http_refused_total",
          "Requests and connections that the HTTP server refused or closed, by reason; tls: "
          "the handshake failed, denied: no certificate, user name or password that is "
          "accepted.")),
      state_failed_(counters(registry_, "defenderd_state_write_errors_total",
                             "Failed attempts to save the state file; until one succeeds, a "
                             "restart forgets what happened since the last save.")
                        .Add({})),
      exceptions_caught_(
          counters(registry_, "defenderd_exceptions_caught_total",
                   "Exceptions caught at the top of a thread or around a listener, by what the "
                   "thread works on; each is a bug, and the log says which.")),
      reload_ok_(gauges(registry_, "defenderd_config_last_reload_successful",
                        "1 if the last files that were read are in force, 0 if they were rejected "
                        "and the previous ones still are.")
                     .Add({})),
      reload_time_(gauges(registry_, "defenderd_config_last_reload_success_timestamp_seconds",
                          "When files last took effect.")
                       .Add({})),
      poll_interval_(gauges(registry_, "defenderd_poll_interval_seconds",
                            "poll.interval of the settings in force.")
                         .Add({})),
      findings_interval_(gauges(registry_, "defenderd_findings_interval_seconds",
                                "findings.interval of the settings in force.")
                             .Add({})),
      config_hash_(gauges(registry_, "defenderd_config_hash",
                          "The first 48 bits of the hash of a file's content, to compare replicas "
                          "and detect changes.")) {
  initialise();
}

// A counter that appears with its first event has no rate for it, so all start at zero.
void Metrics::initialise() {
  for (const ReconcileResult result : kAllReconcileResults) {
    by_result_[slot(result)] = &reconciles_.Add({{"result", str(result)}});
  }
  for (const Reason reason : all_reasons()) {
    if (reason == Reason::NotObservedYet || reason == Reason::AsDeclared) continue;
    failures_.Add({{"reason", str(reason)}});
  }
  for (const std::string_view field : field_labels()) {
    const std::string label(field);
    drifts_.Add({{"field", label}});
    correction_duration_.Add({{"field", label}}, kCorrectionBounds);
    for (const ChangeResult result : {ChangeResult::Applied, ChangeResult::Failed}) {
      corrections_.Add({{"field", label}, {"result", str(result)}});
    }
  }
  for (const ActorKind kind : kAllActorKinds) attributed_.Add({{"actor", str(kind)}});
  for (const WriteRule& rule : write_rules()) withheld_.Add({{"reason", str(rule.reason)}});
  for (const ArmOperation operation : kAllArmOperations) {
    for (const int status : kKnownStatuses) {
      arm_requests_.Add({{"operation", str(operation)}, {"code", std::to_string(status)}});
    }
    for (const ArmSilence silence : kAllArmSilences) {
      arm_requests_.Add({{"operation", str(operation)}, {"code", str(silence)}});
    }
    took_[slot(operation)] = &arm_duration_.Add({{"operation", str(operation)}}, kRequestBounds);
    answered_ok_[slot(operation)] = &answers(operation, "200");
  }
  for (const Reason reason : {Reason::DisableBrake, Reason::EnableBrake}) {
    held_[reason == Reason::DisableBrake ? 0 : 1] = &brake_held_.Add({{"reason", str(reason)}});
  }
  for (const std::string_view reason : kHttpRefusals)
    http_refused_.Add({{"reason", std::string(reason)}});
  for (const std::string_view thread : kThreads)
    exceptions_caught_.Add({{"thread", std::string(thread)}});
  for (const char* result : {"success", "failure"}) {
    token_requests_.Add({{"result", result}});
    graph_queries_.Add({{"result", result}});
  }
}

void Metrics::reconciled(const Outcome& outcome, Duration took) {
  by_result_[slot(outcome.result)]->Increment();
  reconcile_duration_.Observe(seconds(took));
  if (outcome.failure) failures_.Add({{"reason", str(outcome.failure->reason)}}).Increment();
  for (const Change& change : outcome.changes) {
    const std::string field(change.drift.field.label());
    drifts_.Add({{"field", field}}).Increment();
    if (change.result == ChangeResult::Withheld) {
      withheld_.Add({{"reason", str(change.reason)}}).Increment();
    } else if (change.result != ChangeResult::Planned) {
      corrections_.Add({{"field", field}, {"result", str(change.result)}}).Increment();
    }
  }
}

void Metrics::corrected(const Outcome& outcome, const std::vector<DriftSeen>& seen, WallTime now) {
  const auto observe = [&](const Field& field) {
    const DriftSeen* const known = find(seen, field);
    if (known == nullptr) return;
    correction_duration_.Add({{"field", std::string(field.label())}}, kCorrectionBounds)
        .Observe(seconds(std::max<Duration>(now - known->since, Duration::zero())));
  };
  for (const Change& change : outcome.changes) {
    const bool is_shown =
        std::none_of(outcome.drift_left.begin(), outcome.drift_left.end(),
                     [&](const Drift& left) { return left.field == change.drift.field; });
    if (change.result == ChangeResult::Applied && is_shown) observe(change.drift.field);
  }
}

void Metrics::attributed(ActorKind actor, std::size_t count) {
  attributed_.Add({{"actor", str(actor)}}).Increment(static_cast<double>(count));
}

void Metrics::sweep_completed(WallTime now) { sweep_completed_.Set(to_unix_seconds(now)); }

void Metrics::brake_holds(Reason reason, std::size_t changes) {
  held_[reason == Reason::DisableBrake ? 0 : 1]->Set(static_cast<double>(changes));
}

void Metrics::rollout_stops(bool is_stopped) { rollout_stopped_.Set(is_stopped ? 1 : 0); }

void Metrics::journal_failed() { journal_failed_.Increment(); }

void Metrics::http_refused(std::string_view reason) {
  http_refused_.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::state_failed() { state_failed_.Increment(); }

void Metrics::exception_caught(std::string_view thread, std::size_t count) {
  exceptions_caught_.Add({{"thread", std::string(thread)}}).Increment(static_cast<double>(count));
}

void Metrics::arm_answered(ArmOperation operation, int http_status, Duration took) {
  const bool sane = http_status >= 100 && http_status <= 599;
  prometheus::Counter& counter =
      http_status == 200
          ? *answered_ok_[slot(operation)]
          : answers(operation, sane ? std::to_string(http_status) : str(ArmSilence::Malformed));
  counter.Increment();
  took_[slot(operation)]->Observe(seconds(took));
}

void Metrics::arm_silent(ArmOperation operation, ArmSilence why, Duration took) {
  answers(operation, to_text(why)).Increment();
  took_[slot(operation)]->Observe(seconds(took));
}

prometheus::Counter& Metrics::answers(ArmOperation operation, std::string_view code) {
  return arm_requests_.Add({{"operation", str(operation)}, {"code", std::string(code)}});
}

void Metrics::graph_queried(bool ok) {
  graph_queries_.Add({{"result", ok ? "success" : "failure"}}).Increment();
}

void Metrics::graph_passed(std::size_t unanswered) {
  graph_unanswered_.Set(static_cast<double>(unanswered));
}

void Metrics::graph_disagreed() { graph_disagreements_.Increment(); }

void Metrics::throttled() { throttled_.Increment(); }

void Metrics::rate_limit_remaining(std::string_view header, double remaining) {
  quotas_.set(header, remaining);
}

void Metrics::token_requested(bool ok) {
  token_requests_.Add({{"result", ok ? "success" : "failure"}}).Increment();
}

void Metrics::token_expires(std::optional<TenantId> tenant, WallTime when) {
  token_expiry_.set(tenant, when);
}

void Metrics::credential_expires(std::string_view credential, WallTime when) {
  token_expiry_.set_credential(credential, when);
}

void Metrics::config_hash(std::string_view file, std::string_view hash) {
  std::uint64_t number = 0;  // 48 bits are exact in a double
  const std::string_view digits = hash.substr(0, 12);
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  config_hash_.Add({{"file", std::string(file)}}).Set(static_cast<double>(number));
}

void Metrics::intervals(Duration poll, Duration findings) {
  poll_interval_.Set(seconds(poll));
  findings_interval_.Set(seconds(findings));
}

void Metrics::config_reloaded(bool ok, WallTime now) {
  reload_ok_.Set(ok ? 1 : 0);
  if (ok) reload_time_.Set(to_unix_seconds(now));
}

}  // namespace defenderd
