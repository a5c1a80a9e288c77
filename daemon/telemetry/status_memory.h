#pragma once
// What a restart must remember of the declared subscriptions: everything that was reported of
// them. Most of a fleet is simply in sync, and needs only a time.

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "telemetry/status_row.h"

namespace defenderd {

// Indexed by ObservedBy; nullopt: not in this way.
using ObservedTimes = std::array<std::optional<WallTime>, kAllObservedBy.size()>;

struct RememberedRow {
  SubscriptionId id;
  EarlierState state = {};
  Known last_known = Known::NotKnown;
  ObservedTimes observed_at = {};
  std::shared_ptr<const Pricing> observed = {};  // only values that are shown
  std::optional<WallTime> last_change = {};
  Differences differences = {};  // `earlier` is empty
};

struct StatusMemory {
  // In sync since then, as declared when last observed, and nothing else to report.
  std::vector<std::pair<SubscriptionId, WallTime>> in_sync = {};
  // All of these were observed then, or later.
  ObservedTimes in_sync_observed = {};
  std::vector<RememberedRow> others = {};
};

// Adds what is to remember of a row: nothing before its first reconcile.
void remember(const StatusRow& row, StatusMemory& memory);

// So many that are in sync keep their last changes, the latest ones; of more, the state alone.
inline constexpr std::size_t kMaxChanged = 10'000;
void forget_old_changes(StatusMemory& memory, std::size_t most = kMaxChanged);

// Whether a restart would remember the same of both states of a row, but for what each attempt
// changes, and what is saved less often: the time of the last one, what it showed, its ids and
// texts, and why it failed.
[[nodiscard]] bool is_remembered_alike(const StatusRow& one, const StatusRow& other);

// Before the first reconcile of this run.
[[nodiscard]] StatusRow recalled_row(const Declaration& desired, const RememberedRow& earlier,
                                     WallTime now);

// What is remembered of subscriptions that are not declared yet: scopes are resolved later. Not
// thread-safe: its owner locks.
class EarlierRows {
 public:
  void set(StatusMemory memory);
  // Removes it.
  [[nodiscard]] std::optional<RememberedRow> take(SubscriptionId id);
  void append_to(StatusMemory& memory) const;
  // Removes all but those that `may_come`. Returns their ids, sorted.
  std::vector<SubscriptionId> take_all_but(const std::function<bool(SubscriptionId)>& may_come);

 private:
  std::unordered_map<SubscriptionId, WallTime> in_sync_;
  ObservedTimes in_sync_observed_ = {};
  std::unordered_map<SubscriptionId, RememberedRow> others_;
};

}  // namespace defenderd
