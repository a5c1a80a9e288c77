#pragma once
// Who changed what, from the question to its answer: asks about each new drift, and records what
// the activity log says in the journal, on the board, in the metrics and in the log.

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "core/actor.h"
#include "core/outcome.h"
#include "desired/settings.h"
#include "reconcile/attributor.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/status_board.h"

namespace defenderd {

[[nodiscard]] Attributor::Options attributor_options(const AzureSettings& azure);

// "alice@contoso.com, Azure portal, at ...": who changed the field, if the last drift that has an
// actor is of it; else "".
[[nodiscard]] std::string last_writer(const StatusBoard& board, SubscriptionId id,
                                      const Field& field);

// So many subscriptions of one actor have a line of their own until all questions are answered;
// then one line says how many more there were.
inline constexpr std::size_t kLinesPerActor = 10;

// Thread-safe.
class ActorWatch {
 public:
  // All outlive it. `ask` is Attributor::ask().
  struct Parts {
    Journal& journal;
    StatusBoard& board;
    Metrics& metrics;
    Logger& log;
    std::function<void(ActorQuestion)> ask;
  };
  explicit ActorWatch(Parts parts) : parts_(std::move(parts)) {}

  // For the Attributor; this object outlives it.
  [[nodiscard]] Attributor::Listener listener();

  // For the OutcomeRecorder: asks about the drifts that are new. `before`: the row before this
  // outcome.
  void found(const StatusRow& before, const Outcome& outcome, const std::vector<DriftSeen>& seen);

 private:
  void answered(const ActorQuestion& question, const Actor& actor);
  void denied(const std::optional<TenantId>& tenant, const Failure& failure);
  void idle(std::size_t dropped);

  const Parts parts_;
  Mutex mutex_;  // never held while something is logged
  // How many subscriptions each actor has changed since the last time that no question was open.
  // By kind and name, not by client: of a policy, each subscription has its own deployment.
  using Changed = std::map<std::pair<ActorKind, std::string>, std::size_t>;
  Changed changed_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
