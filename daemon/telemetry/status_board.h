#pragma once
// The state of every declared subscription: what the metrics, the API and the page show. It follows
// the desired state, so a subscription that leaves the YAML disappears from all of them.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/shared.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "telemetry/pricing_pool.h"

namespace defenderd {

// As in Kubernetes: a condition answers one question, and its time changes only when its status
// does.
enum class ConditionType {
  Observed,  // did the last observation succeed
  InSync,    // is it as declared; Unknown if the last observation failed
  Held,      // is a change withheld
};
inline constexpr std::array kAllConditionTypes{ConditionType::Observed, ConditionType::InSync,
                                               ConditionType::Held};
enum class ConditionStatus { Unknown, True, False };
[[nodiscard]] std::string_view to_text(ConditionType type);      // "InSync"
[[nodiscard]] std::string_view to_text(ConditionStatus status);  // "True"

struct Condition {
  ConditionType type = ConditionType::Observed;
  ConditionStatus status = ConditionStatus::Unknown;
  Reason reason = Reason::NotObservedYet;
  std::string message = {};
  WallTime last_transition = {};
  bool operator==(const Condition&) const = default;
};

struct DriftSince {
  Drift drift;
  WallTime since = {};
  bool operator==(const DriftSince&) const = default;
};

// Anything that is or was not as declared: nothing for most of a fleet.
struct Findings {
  std::vector<DriftSince> drift = {};     // drift at the end of the last reconcile
  std::vector<Change> pending = {};       // changes that were planned and not applied
  std::vector<Change> last_changes = {};  // the changes applied at last_change
  std::vector<std::string> switched_on_by_service = {};  // at last_change
  ArmTrace trace = {};                                   // of the last request that has one
  bool operator==(const Findings&) const = default;
};

// How a subscription was observed: read directly, or by Azure Resource Graph.
enum class ObservedBy { Direct, Graph };
inline constexpr std::array kAllObservedBy{ObservedBy::Direct, ObservedBy::Graph};
[[nodiscard]] std::string_view to_text(ObservedBy by);  // "direct"

// Whether it is as declared: now, or when it was last observed.
enum class Known { AsDeclared, Different, NotKnown };
inline constexpr std::array kAllKnown{Known::AsDeclared, Known::Different, Known::NotKnown};
[[nodiscard]] std::string_view to_text(Known known);               // "as_declared"
[[nodiscard]] std::string_view last_known_text(Known last_known);  // "never_seen" for NotKnown

struct StatusRow {
  Declaration desired;
  State state = State::Unknown;
  Reason reason = Reason::NotObservedYet;
  std::string message = {};
  WallTime state_since = {};  // changes only when `state` does
  // The last that ARM showed, also after later failures. nullptr: nothing yet.
  std::shared_ptr<const Pricing> observed = {};
  Shared<Findings> findings = {};
  Known last_known = Known::NotKnown;  // at the last observation; NotKnown: never observed
  std::optional<WallTime> observed_directly = {};
  std::optional<WallTime> observed_by_graph = {};
  std::optional<WallTime> last_attempt = {};
  std::optional<WallTime> last_change = {};
  std::optional<WallTime> next_due = {};
  int consecutive_failures = 0;
  std::array<Condition, kAllConditionTypes.size()> conditions = {};
  std::uint64_t revision = 0;  // of the board when this row last changed

  [[nodiscard]] const Condition& condition(ConditionType type) const {
    return conditions[static_cast<std::size_t>(type)];
  }
  // In either way; nullopt if it was not observed yet.
  [[nodiscard]] std::optional<WallTime> last_observed() const {
    return std::max(observed_directly, observed_by_graph);
  }
  [[nodiscard]] std::optional<ObservedBy> observed_by() const {
    if (!last_observed()) return std::nullopt;
    return observed_by_graph > observed_directly ? ObservedBy::Graph : ObservedBy::Direct;
  }
  [[nodiscard]] bool in_sync() const {
    return condition(ConditionType::InSync).status == ConditionStatus::True;
  }
  // NotKnown if the last observation failed; last_known has what was known before.
  [[nodiscard]] Known known() const {
    if (in_sync()) return Known::AsDeclared;
    const bool differs = condition(ConditionType::InSync).status == ConditionStatus::False;
    return differs ? Known::Different : Known::NotKnown;
  }
};

// One consistent view, in the order of the YAML. The rows are immutable and shared with the board,
// so a view of ten thousand subscriptions copies no texts.
struct StatusSnapshot {
  std::vector<std::shared_ptr<const StatusRow>> rows;
  std::uint64_t revision = 0;          // increases with every change of the board
  std::uint64_t desired_revision = 0;  // the one of the last set_desired()
};

// How much of a fleet is as declared.
struct KnownCounts {
  std::array<std::size_t, kAllKnown.size()> now = {};   // by known()
  std::array<std::size_t, kAllKnown.size()> last = {};  // of those not known now, by last_known

  void add(const StatusRow& row) {
    const Known known = row.known();
    ++now[static_cast<std::size_t>(known)];
    if (known == Known::NotKnown) ++last[static_cast<std::size_t>(row.last_known)];
  }
};
[[nodiscard]] KnownCounts count_known(const StatusSnapshot& snapshot);

// Thread-safe.
class StatusBoard {
 public:
  // Removes rows that are no longer declared, adds new ones as Unknown/NotObservedYet, and keeps
  // the others.
  void set_desired(const DesiredState& desired, WallTime now);

  // Ignored for a subscription that is not declared (any more). The outcome's `desired` is not
  // used: it may be older than the board's.
  void record(const Outcome& outcome, WallTime now, std::optional<WallTime> next_due,
              int consecutive_failures, ObservedBy by = ObservedBy::Direct);

  // Azure Resource Graph still shows them as declared. What was observed directly stays, because it
  // has more detail.
  void seen_by_graph(const std::vector<SubscriptionId>& ids, WallTime now);

  // The number of rows, and of those that were never attempted. Takes no lock, because probes call
  // it.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t never_attempted() const { return never_attempted_; }

  [[nodiscard]] StatusSnapshot snapshot() const;
  // nullptr if it is not declared.
  [[nodiscard]] std::shared_ptr<const StatusRow> find(SubscriptionId id) const;

 private:
  // The position of its row: mostly the one before an edit, which needs no search.
  [[nodiscard]] std::optional<std::size_t> place_of(SubscriptionId id, std::size_t likely) const
      REQUIRES(mutex_);
  void index_rows() REQUIRES(mutex_);

  mutable Mutex mutex_;
  StatusSnapshot current_ GUARDED_BY(mutex_);
  std::unordered_map<SubscriptionId, std::size_t> index_ GUARDED_BY(mutex_);
  PricingPool pricings_ GUARDED_BY(mutex_);
  // Written with the lock held, and read without.
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::size_t> never_attempted_ = 0;
};

}  // namespace defenderd
