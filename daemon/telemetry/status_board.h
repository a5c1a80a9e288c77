#pragma once
// Where every declared subscription stands: what the metrics, the API and the page show. It follows
// the desired state, so that what leaves the YAML leaves them all at the next look.

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

// As in Kubernetes: a condition is about one question, and its time moves only when its status
// does.
enum class ConditionType {
  Observed,  // did the last look at ARM succeed
  InSync,    // is it as declared; Unknown where the last look failed
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

// What is not as it should be, or was not: nothing for most of a fleet.
struct Findings {
  std::vector<DriftSince> drift = {};     // what differed at the end of the last reconcile
  std::vector<Change> pending = {};       // changes that were wanted and not applied
  std::vector<Change> last_changes = {};  // the changes applied at last_change
  std::vector<std::string> switched_on_by_service = {};  // at last_change
  ArmTrace trace = {};                                   // of the last exchange that has one
  bool operator==(const Findings&) const = default;
};

// By which way a subscription was seen: read by itself, or with others by Azure Resource Graph.
enum class ObservedBy { Direct, Graph };
inline constexpr std::array kAllObservedBy{ObservedBy::Direct, ObservedBy::Graph};
[[nodiscard]] std::string_view to_text(ObservedBy by);  // "direct"

struct StatusRow {
  Declaration desired;
  State state = State::Unknown;
  Reason reason = Reason::NotObservedYet;
  std::string message = {};
  WallTime state_since = {};  // moves only when `state` does
  // The last that ARM showed, also after later failures. nullptr: nothing yet.
  std::shared_ptr<const Pricing> observed = {};
  Shared<Findings> findings = {};
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
  // In either way; nullopt when it was not observed yet.
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
};

// One consistent view, in the order of the YAML. The rows are immutable and shared with the board,
// so that a view of ten thousand subscriptions costs no copy of their texts.
struct StatusSnapshot {
  std::vector<std::shared_ptr<const StatusRow>> rows;
  std::uint64_t revision = 0;          // grows with every change of the board
  std::uint64_t desired_revision = 0;  // the one of the last set_desired()
};

// Thread-safe.
class StatusBoard {
 public:
  // Rows that are no longer declared vanish, new ones start as Unknown/NotObservedYet, and the
  // others keep what is known of them.
  void set_desired(const DesiredState& desired, WallTime now);

  // Ignored for a subscription that is not declared (any more). The outcome's `desired` is not
  // taken over: it may be older than the board's.
  void record(const Outcome& outcome, WallTime now, std::optional<WallTime> next_due,
              int consecutive_failures, ObservedBy by = ObservedBy::Direct);

  // Azure Resource Graph shows them as it did before: as declared. What was observed directly
  // stands, because it is known better.
  void seen_by_graph(const std::vector<SubscriptionId>& ids, WallTime now);

  // How many rows there are, and of these how many were never attempted. Waits for no lock: probes
  // ask it.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t never_attempted() const { return never_attempted_; }

  [[nodiscard]] StatusSnapshot snapshot() const;
  // nullptr when it is not declared.
  [[nodiscard]] std::shared_ptr<const StatusRow> find(SubscriptionId id) const;

 private:
  // Where its row stands: mostly where it stood before an edit, which takes no search.
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
