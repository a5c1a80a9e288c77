#pragma once
// What edits removed lately. An edit that moves a subscription from its entry to a scope's
// exclusion list may come in two files, or in two saves. In between a scope covers the subscription
// although neither the old nor the new state wants that, so nothing is written to it for a while.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "core/moment.h"
#include "core/removal.h"

namespace defenderd {

// From the removal of an entry, or of an exclusion, to the first write for it under a scope. Longer
// than a person or a tool needs from one file of an edit to the next.
inline constexpr Duration kRemovalRest = std::chrono::seconds(20);

// Thread-safe.
class Removals {
 public:
  // `after` replaces `before`.
  void edited(const DesiredState& before, const DesiredState& after, const Moment& now);

  // Suspends those of the declarations that scopes would change, from index `first` on, until the
  // rest is over. Where the scope declares what the entry did, nothing has to wait.
  void suspend(std::vector<Declaration>& subscriptions, std::size_t first) const;

  // Forgets those whose rest is over.
  void forget_over(SteadyTime now);
  // When the next rest is over; SteadyTime::max() if there is none.
  [[nodiscard]] SteadyTime next_end() const;

  // What a restart must remember, by id.
  [[nodiscard]] std::vector<Removal> memory() const;
  void recall(const std::vector<Removal>& earlier, const Moment& now);
  // Increases whenever memory() changes.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  struct Removed {
    SteadyTime at;
    WallTime wall;  // the same moment
    std::optional<std::uint64_t> declared = {};
  };
  mutable Mutex mutex_;
  std::map<SubscriptionId, Removed> removed_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
