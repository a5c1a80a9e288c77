#pragma once
// Counts events, and writes all of /metrics: these counters, the state of the fleet from the board,
// and the process. deploy/prometheus/metrics.md lists every metric.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/subscription_series.h"
#include "core/arm_operation.h"
#include "core/ids.h"
#include "core/leadership.h"
#include "core/outcome.h"
#include "telemetry/arm_quotas.h"
#include "telemetry/coverage_board.h"
#include "telemetry/departures.h"
#include "telemetry/exposition.h"
#include "telemetry/findings_board.h"
#include "telemetry/freeze_status.h"
#include "telemetry/incidents.h"
#include "telemetry/log.h"
#include "telemetry/metric_labels.h"
#include "telemetry/status_board.h"
#include "telemetry/token_expiry.h"

namespace defenderd {

struct QueueStats {
  double depth = 0;
  Duration oldest_age{0};  // the longest wait of a due subscription; zero if none
};

// Thread-safe. Label values come from fixed sets, so that no input can create unlimited series.
class Metrics {
 public:
  struct Options {
    SubscriptionSeries series = SubscriptionSeries::All;
    std::string version = {};
    std::string revision = {};
    // Called at each scrape.
    std::function<WallTime()> now = {};
    std::function<LogStats()> log = {};
    std::function<Departures::Count()> departures = {};
    std::function<std::vector<Incident>()> incidents = {};
    std::function<std::shared_ptr<const FindingsSnapshot>()> findings = {};
  };

  // Both boards must outlive it.
  Metrics(const StatusBoard& board, const CoverageBoard& coverage, Options options);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One reconcile: its result, duration, drifts, changes and failure.
  void reconciled(const Outcome& outcome, Duration took);
  void sweep_completed(WallTime now);
  // What it corrected, from when that was first observed until it was verified.
  void corrected(const Outcome& outcome, const std::vector<DriftSeen>& seen, WallTime now);
  void attributed(ActorKind actor, std::size_t count = 1);

  // How many changes a brake holds now; `reason` is DisableBrake or EnableBrake.
  void brake_holds(Reason reason, std::size_t changes);
  void rollout_stops(bool is_stopped);
  void journal_failed();
  // `reason` is one of kHttpRefusals.
  void http_refused(std::string_view reason);
  void state_failed();
  // `thread` is one of kThreads.
  void exception_caught(std::string_view thread, std::size_t count = 1);

  void arm_answered(ArmOperation operation, int http_status, Duration took);
  void arm_silent(ArmOperation operation, ArmSilence why, Duration took);
  void throttled();
  // `header` as received, "x-ms-ratelimit-remaining-...". The last value of each is shown.
  void rate_limit_remaining(std::string_view header, double remaining);

  // Bulk observation: one query; a pass over the fleet and the subscriptions without an answer
  // after it; and one drift that it did not show.
  void graph_queried(bool ok);
  void graph_passed(std::size_t unanswered);
  void graph_disagreed();

  void token_requested(bool ok);
  // nullopt: the default tenant. Others are shown while a declared subscription names them.
  void token_expires(std::optional<TenantId> tenant, WallTime when);
  // `credential` is one of kCredentials.
  void credential_expires(std::string_view credential, WallTime when);

  // `file` is one of "settings" and "desired"; `hash` is hexadecimal.
  void config_hash(std::string_view file, std::string_view hash);
  void config_reloaded(bool ok, WallTime now);
  // As set: how often the fleet is observed, and its AI accounts are inspected.
  void intervals(Duration poll, Duration findings);

  // Called at each scrape.
  void watch_queue(std::function<QueueStats()> stats);
  void watch_freezes(std::function<std::vector<FreezeStatus>()> freezes);
  void watch_leadership(std::function<LeadershipStatus()> leadership);

  // The text of /metrics, whole or piece by piece: for a large fleet it is a hundred megabytes.
  [[nodiscard]] std::string render(ExpositionFormat format) const;
  void render(ExpositionFormat format, TextSink sink) const;

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  void initialise();
  [[nodiscard]] prometheus::Counter& answers(ArmOperation operation, std::string_view code);
  [[nodiscard]] QueueStats queue_stats() const;
  [[nodiscard]] std::vector<FreezeStatus> freezes() const;
  void write_leadership(Exposition& out) const;
  void write_departures(Exposition& out) const;
  void write(Exposition& out) const;

  const StatusBoard& board_;
  const CoverageBoard& coverage_;
  const Options options_;
  prometheus::Registry registry_;
  Counters& reconciles_;
  prometheus::Histogram& reconcile_duration_;
  Counters& failures_;
  Counters& drifts_;
  Counters& corrections_;
  Histograms& correction_duration_;
  Counters& attributed_;
  Counters& withheld_;
  Counters& arm_requests_;
  Histograms& arm_duration_;
  prometheus::Counter& throttled_;
  Counters& token_requests_;
  Counters& graph_queries_;
  prometheus::Gauge& graph_unanswered_;
  prometheus::Counter& graph_disagreements_;
  prometheus::Gauge& sweep_completed_;
  Gauges& brake_held_;
  prometheus::Gauge& rollout_stopped_;
  prometheus::Counter& journal_failed_;
  Counters& http_refused_;
  prometheus::Counter& state_failed_;
  Counters& exceptions_caught_;
  prometheus::Gauge& reload_ok_;
  prometheus::Gauge& reload_time_;
  prometheus::Gauge& poll_interval_;
  prometheus::Gauge& findings_interval_;
  Gauges& config_hash_;

  // Counters that change in each reconcile, by enumerator: finding one by its labels costs as much
  // as the rest of the counting.
  std::array<prometheus::Counter*, kAllReconcileResults.size()> by_result_ = {};
  std::array<prometheus::Histogram*, kAllArmOperations.size()> took_ = {};
  std::array<prometheus::Counter*, kAllArmOperations.size()> answered_ok_ = {};
  std::array<prometheus::Gauge*, 2> held_ = {};  // DisableBrake, EnableBrake
  ArmQuotas quotas_ = {};

  mutable Mutex mutex_;
  std::function<QueueStats()> queue_ GUARDED_BY(mutex_);
  std::function<std::vector<FreezeStatus>()> freezes_ GUARDED_BY(mutex_);
  std::function<LeadershipStatus()> leadership_ GUARDED_BY(mutex_);
  TokenExpiry token_expiry_ = {};
};

}  // namespace defenderd
