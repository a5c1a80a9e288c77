#pragma once
// The AI accounts of the fleet as last inspected, and what was found: what the metrics, the API and
// the page show of them.

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/finding.h"
#include "core/ids.h"

namespace defenderd {

// When a finding was first seen, and whether it is accepted: what a restart must remember.
struct RememberedFinding {
  SubscriptionId subscription;
  FindingKind kind = FindingKind::AccountsUnprotected;
  std::string resource = {};
  WallTime since = {};
  bool accepted = false;
  bool operator==(const RememberedFinding&) const = default;
};

struct FindingsSnapshot {
  // An inspection of all subscriptions that is in progress.
  struct Round {
    std::size_t subscriptions = 0;
    std::size_t left = 0;  // of these
  };

  bool enabled = true;
  std::optional<WallTime> last_round = {};  // when every subscription was last inspected
  std::optional<WallTime> next_round = {};  // when that begins again
  std::optional<Round> round = {};
  std::string failure = {};            // of the last round, where something was not inspected
  std::string denied = {};             // the action that the identity lacks
  std::vector<Finding> findings = {};  // by subscription, kind and resource
  std::array<std::size_t, kAllAccountStates.size()> accounts = {};       // by AccountState
  std::array<std::size_t, kAllFindingKinds.size()> count = {};           // not accepted, by kind
  std::array<std::size_t, kAllFindingKinds.size()> accepted_count = {};  // by kind
};

// Thread-safe.
class FindingsBoard {
 public:
  // `clock`, which outlives it, ends what is accepted between two calls of set().
  explicit FindingsBoard(const Clock& clock) : clock_(clock) {}

  using Inspections = std::map<SubscriptionId, std::shared_ptr<const Inspection>>;

  void set_inspection(SubscriptionId id, Inspection inspection);
  // Forgets the subscriptions for which `keep` is false.
  template <class Keep>
  void keep_only(Keep keep) {
    const MutexLock lock(mutex_);
    std::erase_if(inspections_, [&](const auto& item) { return !keep(item.first); });
  }
  [[nodiscard]] Inspections inspections() const;
  // nullptr: it has no AI accounts, or was not inspected yet.
  [[nodiscard]] std::shared_ptr<const Inspection> inspection(SubscriptionId id) const;

  // Counts the findings.
  void set(FindingsSnapshot snapshot);
  // Never nullptr. No acceptance in it is over.
  [[nodiscard]] std::shared_ptr<const FindingsSnapshot> snapshot() const;

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  Inspections inspections_ GUARDED_BY(mutex_);
  // By clock_: from when on current_ has an acceptance that is over.
  mutable std::optional<WallTime> until_ GUARDED_BY(mutex_);
  mutable std::shared_ptr<const FindingsSnapshot> current_ GUARDED_BY(mutex_) =
      std::make_shared<const FindingsSnapshot>();
};

}  // namespace defenderd
