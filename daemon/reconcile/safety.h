#pragma once
// The fleet's safety: what one reconcile alone cannot judge. It holds changes back while the fleet
// is not known, if too many are planned at once (core/brake.h), and if something else keeps
// reverting a field (core/contested.h).
//
// It counts only what would be written, not what observe mode or a suspension withholds. A
// subscription that cannot be read counts as it was last observed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
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
  // The last set_desired() had the complete fleet, so what was recalled of others is void: they
  // left while the program was not running, and a confirmation does not wait for their return.
  void fleet_is_complete();
  struct Revision {
    std::uint64_t any = 0;           // increases if memory() may have changed
    std::uint64_t before_write = 0;  // increases if that must be durable before the next write
    std::uint64_t ages = 0;          // increases if only when a field last differed has
  };
  [[nodiscard]] Revision revision() const;

  // The code that confirms the held changes; "" if nothing is held.
  [[nodiscard]] std::string confirm_code() const;
  [[nodiscard]] std::size_t held(BrakeKind kind) const;
  struct RolloutStatus {
    std::vector<WaveProgress> waves;  // those that have subscriptions, in order
    std::string stopped;              // for people: why; "" if it is not
  };
  [[nodiscard]] RolloutStatus rollout() const;
  // Whether this code was used.
  [[nodiscard]] bool is_spent(std::string_view code) const;

 private:
  struct Member {
    std::uint64_t declaration = 0;  // fingerprint of what decides about writes
    std::uint32_t edit = 0;         // the last one that declared it
    RolloutMember rollout = {};
    bool attempted = false;  // since this declaration is in force
    bool observed = false;   // since then, or earlier in this process
    bool waits = false;      // for the fleet or for a brake
  };
  struct News {
    std::vector<SubscriptionId> due;
    std::vector<BrakeNotice> notices;
  };

  [[nodiscard]] Moment now() const { return {clock_.steady_now(), clock_.wall_now()}; }
  SafetyVerdict judge(const DesiredSubscription& desired, const Pricing& observed,
                      const std::vector<Drift>& drifts, News& news) REQUIRES(mutex_);
  // Withholds what must wait for a brake. Returns whether something must.
  bool ask_brakes(SubscriptionId id, const std::vector<Drift>& would_write,
                  SafetyVerdict& verdict) const REQUIRES(mutex_);
  void ask_rollout(SubscriptionId id, Member& member, const std::vector<Drift>& passing,
                   SafetyVerdict& verdict) REQUIRES(mutex_);
  void note_difference(const DesiredSubscription& desired, Member& member, bool differs)
      REQUIRES(mutex_);
  void allow_rest(SubscriptionId id, const std::vector<Drift>& would_write, SafetyVerdict& verdict)
      REQUIRES(mutex_);
  void declare_in_rollout(const DesiredSubscription& desired, Member& member, bool changed)
      REQUIRES(mutex_);
  void record_in_rollout(const Outcome& outcome, Member& member) REQUIRES(mutex_);
  void evaluate_rollout(News& news) REQUIRES(mutex_);
  void confirm_rollout(News& news) REQUIRES(mutex_);
  void refresh_rollout_code() REQUIRES(mutex_);
  void announce_rollout(News& news) REQUIRES(mutex_);
  void end_rollout() REQUIRES(mutex_);
  void recall_rollout(const RememberedRollout& memory, const Moment& moment) REQUIRES(mutex_);
  [[nodiscard]] RememberedRollout rollout_memory(const Moment& moment) const REQUIRES(mutex_);
  [[nodiscard]] std::string waiting_message() const REQUIRES(mutex_);
  [[nodiscard]] std::vector<Drift> wanted(const DesiredSubscription& desired,
                                          const Pricing& observed, const std::vector<Drift>& drifts,
                                          const SafetyVerdict& verdict) const REQUIRES(mutex_);
  void want(SubscriptionId id, const std::vector<Drift>& drifts) REQUIRES(mutex_);
  [[nodiscard]] std::vector<Field> charged(BrakeKind kind, SubscriptionId id,
                                           const std::vector<Drift>& drifts) const REQUIRES(mutex_);
  void mark_attempted(Member& member) REQUIRES(mutex_);
  void could_not_read(const DesiredSubscription& desired) REQUIRES(mutex_);
  void forget_departed() REQUIRES(mutex_);
  void record_changes(const Outcome& outcome) REQUIRES(mutex_);
  void record_observation(const Outcome& outcome, Member& member) REQUIRES(mutex_);
  News evaluate_brakes() REQUIRES(mutex_);
  void publish(const News& news) const;
  void apply_rules() REQUIRES(mutex_);
  struct FleetBrake {
    BrakeState state;
    BrakeAnnouncer announcer = {};
  };
  FleetBrake& brake(BrakeKind kind) REQUIRES(mutex_) {
    return brakes_[static_cast<std::size_t>(kind)];
  }
  Brake& counts(BrakeKind kind) REQUIRES(mutex_) { return brake(kind).state.counts(); }

  const Clock& clock_;
  const WritePermit permit_;
  const Hooks hooks_;

  mutable Mutex mutex_;
  SafetyRules rules_ GUARDED_BY(mutex_);
  std::unordered_map<SubscriptionId, Member> members_ GUARDED_BY(mutex_);
  std::uint32_t edit_ GUARDED_BY(mutex_) = 0;            // increases with each set_desired()
  std::size_t to_come_ GUARDED_BY(mutex_) = 0;           // members not attempted yet
  std::array<FleetBrake, 2> brakes_ GUARDED_BY(mutex_);  // by BrakeKind
  SpentCodes spent_ GUARDED_BY(mutex_);
  std::uint64_t before_write_ GUARDED_BY(mutex_) = 0;  // Revision::before_write
  Contests contests_ GUARDED_BY(mutex_);
  Rollout rollout_ GUARDED_BY(mutex_);
  int barrier_ GUARDED_BY(mutex_) = 0;                             // as last evaluated
  bool stopped_ GUARDED_BY(mutex_) = false;                        // likewise
  std::string told_confirm_ GUARDED_BY(mutex_);                    // safety.confirm as logged
  std::vector<std::string> rollout_codes_ GUARDED_BY(mutex_);      // shown since it stopped
  bool has_started_ GUARDED_BY(mutex_) = false;                    // a member has its turn
  std::vector<std::uint64_t> earlier_reached_ GUARDED_BY(mutex_);  // of an earlier run, sorted
  std::unordered_map<std::uint64_t, bool> earlier_started_ GUARDED_BY(mutex_);  // true: excused
};

}  // namespace defenderd
