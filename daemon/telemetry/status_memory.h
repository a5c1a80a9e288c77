#pragma once
// What a restart must remember of the declared subscriptions: everything that was reported of
// them. Most of a fleet is simply in sync, and needs only a time. Those that are no longer declared
// are remembered for a day (core/absence.h).

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
  Differences differences = {};       // `earlier` is empty
  std::optional<WallTime> left = {};  // when it was no longer declared; nullopt: it is, or was
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
// The same of one that is no longer declared.
[[nodiscard]] std::optional<RememberedRow> remembered_when_left(const StatusRow& row, WallTime now);

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

// What is remembered of subscriptions that are not declared now. Those of an earlier run may not be
// declared yet: scopes are resolved later. Not thread-safe: its owner locks.
class EarlierRows {
 public:
  void set(StatusMemory memory);
  // One that has left.
  void keep(RememberedRow row);
  // Removes it. nullopt also if it left too long ago.
  [[nodiscard]] std::optional<RememberedRow> take(SubscriptionId id, WallTime now);
  void append_to(StatusMemory& memory) const;
  // Removes those that left too long ago. Returns whether there were any.
  bool forget_left(WallTime now);
  // Removes those of an earlier run, but for those that `may_come`. Returns their ids, sorted.
  std::vector<SubscriptionId> take_all_but(const std::function<bool(SubscriptionId)>& may_come);

 private:
  std::unordered_map<SubscriptionId, WallTime> in_sync_;
  ObservedTimes in_sync_observed_ = {};
  std::unordered_map<SubscriptionId, RememberedRow> others_;
};

}  // namespace defenderd
