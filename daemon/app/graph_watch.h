#pragma once
// How bulk observation by Azure Resource Graph is doing: the last pass over the fleet, and where a
// direct read contradicted it.

#include <optional>

#include "base/mutex.h"
#include "core/outcome.h"
#include "reconcile/bulk_batch.h"
#include "reconcile/bulk_sweeper.h"
#include "server/endpoints.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

// Thread-safe.
class GraphWatch {
 public:
  // Both outlive it. `in_use`: whether the settings ask for bulk observation.
  GraphWatch(Metrics& metrics, Logger& log, bool in_use)
      : metrics_(metrics), log_(log), in_use_(in_use) {}

  // For the BulkSweeper; this object outlives it.
  [[nodiscard]] BulkSweeper::Listener listener();
  // For Controller::Listener: counted each time, logged once per subscription and when the graph is
  // not trusted for a while.
  void disagreed(const Outcome& outcome, const BulkDisagreement& disagreement);

  // An edit of the settings may turn bulk observation on or off.
  void set_in_use(bool in_use);
  // nullopt: it is not in use.
  [[nodiscard]] std::optional<DaemonStatus::Graph> status() const;

 private:
  void passed(const BulkPass& pass);
  void switched_off();

  Metrics& metrics_;
  Logger& log_;

  mutable Mutex mutex_;
  bool in_use_ GUARDED_BY(mutex_);
  std::optional<BulkPass> last_pass_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
