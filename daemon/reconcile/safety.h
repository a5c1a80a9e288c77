#pragma once
// The fleet's safety: what one reconcile alone cannot judge. It holds changes back while the fleet
// is not known or if too many are planned at once (fleet_brakes.h), if something else keeps
// reverting a field (contests.h), and while a roll-out has not come to them (fleet_rollout.h).
//
// It counts only what would be written, not what observe mode or a suspension withholds; but also
// what only a freeze withholds, so that neither its begin nor its end lets anything through. A
// subscription that cannot be read counts as it was last observed.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/brake_memory.h"
#include "core/desired_state.h"
#include "core/moment.h"
#include "core/outcome.h"
#include "core/rollout.h"
#include "core/spent_codes.h"
#include "reconcile/brake_announcer.h"
#include "reconcile/brake_state.h"
#include "reconcile/contests.h"
#include "reconcile/fleet_brakes.h"
#include "reconcile/fleet_rollout.h"
#include "reconcile/reconciler.h"

namespace defenderd {

struct SafetyRules {
  int max_disables_per_sweep = 3;
  std::optional<int> max_enables_per_sweep = {};  // nullopt: no brake
  // Whether the brake on switching on counts what others have switched off, too.
  bool enables_count_drift = true;
  Duration brake_window = std::chrono::hours(1);  // in which the brakes count
  std::string confirm = {};                       // code of the held changes to confirm
  ContestedRule contested = {};
  RolloutRule rollout = {};
  bool operator==(const SafetyRules&) const = default;
};

// Thread-safe.
class Safety {
 public:
  struct Hooks {
    BrakeState::Hash hash;  // called with a lock held: it calls nothing back
    // Called on the caller's thread without a lock: subscriptions that no longer need to wait, or
    // wait for another reason, and should be reconciled now.
    std::function<void(const std::vector<SubscriptionId>&)> make_due = {};
    std::function<void(const BrakeNotice&)> report = {};
    Contests::LastWriter last_writer = {};  // called with a lock held: it calls nothing back
  };
  // What ARM last showed of a subscription, whatever is declared for it. It must not call back.
  using LastSeen = std::function<std::optional<Pricing>(SubscriptionId)>;

  // `clock` outlives it.
  Safety(const Clock& clock, WritePermit permit, SafetyRules rules, Hooks hooks);

  // Call before the new declarations are reconciled. Nothing is switched off (nor on, if that has a
  // brake) until each subscription whose declaration is new was observed or has failed. One that
  // has failed counts with all changes that its declaration may need (Brake::may_want).
  void set_desired(const DesiredState& desired, const LastSeen& last_seen = {});
  void set_rules(SafetyRules rules);

  // For Reconciler::Options::safety; this object outlives it.
  [[nodiscard]] SafetyCheck check();
  // Whether it is declared just so, as far as that decides about writes.
  [[nodiscard]] bool is_in_force(const DesiredSubscription& desired) const;
  // The outcome of each reconcile, also of a subscription that is no longer declared.
  void record(const Outcome& outcome);

  // What a restart must remember. recall() comes before the first set_desired().
  [[nodiscard]] SafetyMemory memory() const;
  void recall(const SafetyMemory& memory, WallTime saved);
  // Scopes are not resolved yet, so more will be declared. Call before what is known is declared.
  // The brakes and waves wait for the rest, but not longer than this: a list may be missing for
  // ever.
  static constexpr Duration kLongestWaitForScopes = std::chrono::minutes(5);
  void fleet_is_incomplete();
  // The last set_desired() had the complete fleet, so what was recalled of others is void: they
  // left while the program was not running, and a confirmation does not wait for their return.
  void fleet_is_complete();
  // Acts on what only time changes. Call it every few seconds.
  void pass_time();
  struct Revision {
    std::uint64_t any = 0;           // increases if memory() may have changed
    std::uint64_t before_write = 0;  // increases if that must be durable before the next write
    std::uint64_t ages = 0;          // increases if only when a field last differed has
  };
  [[nodiscard]] Revision revision() const;

  // The code that confirms the held changes; "" if nothing is held.
  [[nodiscard]] std::string confirm_code() const;
  [[nodiscard]] std::size_t held(BrakeKind kind) const;
  using RolloutStatus = FleetRollout::Status;
  [[nodiscard]] RolloutStatus rollout() const;
  [[nodiscard]] bool rollout_is_stopped() const;
  // Whether this code was used.
  [[nodiscard]] bool is_spent(std::string_view code) const;

 private:
  struct Member {
    std::uint64_t declaration = 0;  // fingerprint of what decides about writes
    std::uint32_t edit = 0;         // the last one that declared it
    bool attempted = false;         // since this declaration is in force
    bool observed = false;          // since then, or earlier in this process
    bool waits = false;             // for the fleet or for a brake
  };
  struct News {
    std::vector<SubscriptionId> due;
    std::vector<BrakeNotice> notices;
  };

  [[nodiscard]] Moment now() const { return {clock_.steady_now(), clock_.wall_now()}; }
  [[nodiscard]] bool awaits_scopes() const REQUIRES(mutex_) {
    return incomplete_since_ && !gave_up_on_scopes_;
  }
  [[nodiscard]] bool fleet_is_known() const REQUIRES(mutex_) {
    return to_come_ == 0 && !awaits_scopes();
  }
  SafetyVerdict judge(const DesiredSubscription& desired, const Pricing& observed,
                      const std::vector<Drift>& drifts, News& news) REQUIRES(mutex_);
  [[nodiscard]] std::string waiting_message() const REQUIRES(mutex_);
  // What may be written, by this permit.
  [[nodiscard]] std::vector<Drift> writable(const WritePermit& permit,
                                            const DesiredSubscription& desired,
                                            const Pricing& observed,
                                            const std::vector<Drift>& drifts,
                                            const SafetyVerdict& verdict) const;
  // What of these changes the brakes count.
  [[nodiscard]] FleetBrakes::Charges charges(SubscriptionId id,
                                             const std::vector<Drift>& drifts) const
      REQUIRES(mutex_);
  void mark_attempted(Member& member) REQUIRES(mutex_);
  void could_not_read(const DesiredSubscription& desired) REQUIRES(mutex_);
  void note_suspensions(const DesiredState& desired) REQUIRES(mutex_);
  void end_suspensions(News& news) REQUIRES(mutex_);
  void end_wait_for_scopes(News& news) REQUIRES(mutex_);
  void forget_departed() REQUIRES(mutex_);
  void forget_contests() REQUIRES(mutex_);
  void record_changes(const Outcome& outcome) REQUIRES(mutex_);
  void record_observation(const Outcome& outcome, Member& member) REQUIRES(mutex_);
  void evaluate(News& news) REQUIRES(mutex_);
  void publish(const News& news) const;
  void apply_rules() REQUIRES(mutex_);

  const Clock& clock_;
  const WritePermit permit_;
  // The same without freezes, and as if this replica led: what ends by itself.
  const WritePermit unpaused_;
  const Hooks hooks_;

  mutable Mutex mutex_;
  SafetyRules rules_ GUARDED_BY(mutex_);
  std::unordered_map<SubscriptionId, Member> members_ GUARDED_BY(mutex_);
  std::uint32_t edit_ GUARDED_BY(mutex_) = 0;   // increases with each set_desired()
  std::size_t to_come_ GUARDED_BY(mutex_) = 0;  // members not attempted yet
  std::multimap<WallTime, SubscriptionId> suspended_ GUARDED_BY(mutex_);  // by the end of that
  std::optional<SteadyTime> incomplete_since_ GUARDED_BY(mutex_);
  bool gave_up_on_scopes_ GUARDED_BY(mutex_) = false;
  FleetBrakes brakes_ GUARDED_BY(mutex_);
  Contests contests_ GUARDED_BY(mutex_);
  FleetRollout rollout_ GUARDED_BY(mutex_);
  SpentCodes spent_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
