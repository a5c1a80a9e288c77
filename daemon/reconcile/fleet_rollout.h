#pragma once
// The fleet in a roll-out (core/rollout.h): who has reached its declaration, whose turn it is, and
// when the roll-out stops, is confirmed and goes on.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/brake_memory.h"
#include "core/desired_state.h"
#include "core/moment.h"
#include "core/outcome.h"
#include "core/rollout.h"
#include "core/spent_codes.h"
#include "reconcile/brake_announcer.h"
#include "reconcile/confirm_codes.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class FleetRollout {
 public:
  explicit FleetRollout(ConfirmCodes::Hash hash);
  FleetRollout(const FleetRollout&) = delete;  // its roll-out asks it for names
  FleetRollout& operator=(const FleetRollout&) = delete;
  void set_rule(const RolloutRule& rule) { rollout_.set_rule(rule); }

  // `declaration` is its fingerprint: another one than before must be reached anew.
  void declare(const Declaration& desired, std::uint64_t declaration, WallTime now);
  // It is no longer declared.
  void leave(SubscriptionId id);

  // Whether it has changes that are to be written, or that a brake holds.
  void note_difference(const DesiredSubscription& desired, bool differs, WallTime now);
  // Why its changes must wait; nullopt: they may be written, and it has its turn from now on.
  [[nodiscard]] std::optional<Withholding> judge(SubscriptionId id, SteadyTime now);
  // The outcome of a reconcile of the present declaration.
  void record(const Outcome& outcome, WallTime now);
  // Whether it was once as it is declared now.
  [[nodiscard]] bool has_reached(SubscriptionId id) const;

  struct Step {
    std::vector<SubscriptionId> due;  // those that can be judged again
    std::vector<BrakeNotice> notices;
  };
  struct Circumstances {
    SteadyTime now;
    bool fleet_is_known = true;  // each declared subscription was attempted
    bool awaits_scopes = false;  // more will be declared when they are resolved
    std::string confirm = {};    // safety.confirm
  };
  // Acts on what has changed since the last call. A code that this uses is added to `spent`, and
  // those that it showed for nothing are withdrawn.
  [[nodiscard]] Step evaluate(const Circumstances& circumstances, SpentCodes& spent);

  // The code that confirms those that fail; "" unless it is stopped.
  [[nodiscard]] const std::string& code() const { return rollout_.code(); }
  struct Status {
    std::vector<WaveProgress> waves;  // those that have subscriptions, in order
    std::string stopped;              // for people: why; "" if it is not
  };
  [[nodiscard]] Status status() const;
  [[nodiscard]] bool is_stopped() const { return rollout_.is_stopped(); }

  // What a restart must remember; recall() comes before the first declare().
  [[nodiscard]] RememberedRollout memory(bool fleet_is_known, const Moment& now) const;
  void recall(const RememberedRollout& memory, const Moment& now);
  // The whole fleet is declared: whoever is declared from now on has reached nothing.
  void forget_reached() { earlier_reached_.clear(); }
  // Increases if memory() may have changed; before_write: if that must be durable before the next
  // write.
  [[nodiscard]] std::uint64_t revision() const { return rollout_.revision(); }
  [[nodiscard]] std::uint64_t before_write() const { return rollout_.before_write() + used_codes_; }

 private:
  struct Earlier {
    bool excused = false;
    bool failing = false;
  };
  struct Member {
    std::uint64_t declaration = 0;
    Declaration desired = {};
    RolloutMember state = {};
  };
  void confirm_failing(std::vector<BrakeNotice>& notices, SpentCodes& spent);
  void refresh_code(const SpentCodes& spent);
  void announce(const Circumstances& circumstances, const SpentCodes& spent,
                std::vector<BrakeNotice>& notices);
  void announce_stop(const Circumstances& circumstances, const SpentCodes& spent,
                     std::vector<BrakeNotice>& notices);
  [[nodiscard]] std::vector<SubscriptionId> end_waits();
  void end();

  ConfirmCodes codes_;
  Rollout rollout_;
  std::unordered_map<SubscriptionId, Member> members_;
  std::uint64_t used_codes_ = 0;
  // As last evaluated.
  int barrier_ = 0;
  bool stopped_ = false;
  bool blind_ = false;
  bool announced_ = false;  // a notice says that it has stopped
  CodeNews code_news_;
  std::string reported_confirm_;  // safety.confirm as logged
  bool has_started_ = false;      // a member has its turn
  // Of an earlier run, and not declared yet. Each mark is used once: a declaration that comes back
  // later must be reached anew.
  std::unordered_set<std::uint64_t> earlier_reached_;
  std::unordered_map<std::uint64_t, Earlier> earlier_started_;
};

}  // namespace defenderd
