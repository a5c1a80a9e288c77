// What a scrape of /metrics shows besides the counters: each part is asked for its present state.

#include <chrono>
#include <utility>

#include "base/time_text.h"
#include "telemetry/coverage_metrics.h"
#include "telemetry/findings_metrics.h"
#include "telemetry/incident_metrics.h"
#include "telemetry/metrics.h"
#include "telemetry/process_metrics.h"
#include "telemetry/registry_text.h"
#include "telemetry/state_metrics.h"
#include "telemetry/subscription_metrics.h"

namespace defenderd {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void Metrics::watch_queue(std::function<QueueStats()> stats) {
  const MutexLock lock(mutex_);
  queue_ = std::move(stats);
}

void Metrics::watch_freezes(std::function<std::vector<FreezeStatus>()> freezes) {
  const MutexLock lock(mutex_);
  freezes_ = std::move(freezes);
}

void Metrics::watch_leadership(std::function<LeadershipStatus()> leadership) {
  const MutexLock lock(mutex_);
  leadership_ = std::move(leadership);
}

std::string Metrics::render(ExpositionFormat format) const {
  Exposition out(format);
  write(out);
  return out.finish();
}

void Metrics::render(ExpositionFormat format, TextSink sink) const {
  Exposition out(format, std::move(sink));
  write(out);
  static_cast<void>(out.finish());  // the sink has it
}

void Metrics::write(Exposition& out) const {
  const StatusSnapshot snapshot = board_.snapshot();
  const WallTime now = options_.now ? options_.now() : WallTime();
  const auto shared = options_.findings ? options_.findings() : nullptr;
  const FindingsSnapshot none;
  const FindingsSnapshot& findings = shared ? *shared : none;
  const bool has_series = options_.series != SubscriptionSeries::None;
  write_state_metrics(out, snapshot, now);
  if (has_series) write_subscription_metrics(out, snapshot, findings, options_.series);
  write_coverage_metrics(out, *coverage_.snapshot(), now);
  write_departures(out);
  write_incident_metrics(out, options_.incidents ? options_.incidents() : std::vector<Incident>());
  write_findings_metrics(out, findings, has_series);
  write_freeze_metrics(out, freezes());
  write_leadership(out);
  for (const prometheus::MetricFamily& family : registry_.Collect()) write_family(out, family);
  quotas_.write(out);
  token_expiry_.write(out, snapshot);
  const QueueStats queue = queue_stats();
  out.family("defenderd_workqueue_depth", MetricKind::Gauge,
             "Subscriptions that are due and wait for a worker.");
  out.sample({}, queue.depth);
  out.family("defenderd_workqueue_oldest_age_seconds", MetricKind::Gauge,
             "Longest wait of a subscription that is due; 0 if none is.");
  out.sample({}, seconds(queue.oldest_age));
  const LogStats log = options_.log ? options_.log() : LogStats{};
  out.family("defenderd_log_lines_dropped", MetricKind::Counter,
             "Log lines that were lost because standard error did not accept them.");
  out.sample({}, static_cast<double>(log.dropped));
  out.family("defenderd_log_stalled_seconds", MetricKind::Gauge,
             "How long standard error has not accepted a log line; 0 while it does.");
  out.sample({}, seconds(log.stalled));
  out.family("defenderd_build", MetricKind::Info, "Build information.");
  out.sample(label_text({{"version", options_.version}, {"revision", options_.revision}}), 1);
  write_process_metrics(out);
}

void Metrics::write_departures(Exposition& out) const {
  const Departures::Count count = options_.departures ? options_.departures() : Departures::Count{};
  out.family("defenderd_departed_subscriptions", MetricKind::Gauge,
             "Subscriptions that edits of the last day removed from the desired state and that are "
             "not declared again, by the size of the edit: more than 3, or a quarter, are many, "
             "together with those of other edits within an hour.");
  out.sample(label_text({{"edit", "few"}}), static_cast<double>(count.few));
  out.sample(label_text({{"edit", "many"}}), static_cast<double>(count.many));
}

void Metrics::write_leadership(Exposition& out) const {
  std::function<LeadershipStatus()> ask;
  {
    const MutexLock lock(mutex_);
    ask = leadership_;
  }
  LeadershipStatus status;
  status.leads = status.may_write = true;  // a single replica
  if (ask) status = ask();
  out.family(
      "defenderd_leader", MetricKind::Gauge,
      "1 if this replica leads and may write, and where there is only one; 0 for a standby.");
  out.sample({}, status.leads && status.may_write ? 1 : 0);
  if (ask && status.leads && status.since) {
    out.family("defenderd_leader_since_timestamp_seconds", MetricKind::Gauge,
               "When this replica began to lead. Absent for a standby, and where there is only one "
               "replica.");
    out.sample({}, to_unix_seconds(*status.since));
  }
  out.family("defenderd_leader_transitions", MetricKind::Counter,
             "How often this replica began to lead.");
  out.sample({}, static_cast<double>(status.transitions));
  out.family("defenderd_lease_renew_errors", MetricKind::Counter,
             "Attempts to read, take or renew the lease that failed.");
  out.sample({}, static_cast<double>(status.errors));
}

// Calls the owner of the queue without holding our lock.
QueueStats Metrics::queue_stats() const {
  std::function<QueueStats()> ask;
  {
    const MutexLock lock(mutex_);
    ask = queue_;
  }
  return ask ? ask() : QueueStats{};
}

std::vector<FreezeStatus> Metrics::freezes() const {
  std::function<std::vector<FreezeStatus>()> ask;
  {
    const MutexLock lock(mutex_);
    ask = freezes_;
  }
  return ask ? ask() : std::vector<FreezeStatus>();
}

}  // namespace defenderd
