#pragma once
// The fleet's two brakes, on switching off and on (core/brake.h): what they count, what they hold,
// and which code releases it.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/brake.h"
#include "core/brake_memory.h"
#include "core/moment.h"
#include "core/spent_codes.h"
#include "core/write_gate.h"
#include "reconcile/brake_announcer.h"
#include "reconcile/brake_state.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class FleetBrakes {
 public:
  // The fields of one subscription's changes that count, by BrakeKind.
  using Charges = std::array<std::vector<Field>, 2>;
  struct Rules {
    std::optional<int> max_disables = {};  // nullopt: no brake
    std::optional<int> max_enables = {};
    Duration window = std::chrono::hours(1);
    std::string confirm = {};  // code of the held changes to confirm
  };

  explicit FleetBrakes(const BrakeState::Hash& hash);
  void set_rules(const Rules& rules);

  // All that this subscription would switch, as just observed; replaces the earlier ones.
  void want(SubscriptionId id, const Charges& charges);
  // It could not be observed: what its declaration may need counts until it is.
  void may_want(const DesiredSubscription& desired, SteadyTime now);
  // It is no longer declared.
  void leave(SubscriptionId id);

  // Withholds what must wait, as of the last evaluate(). `unknown_fleet` is the message while the
  // fleet is not known. Returns whether something must wait.
  bool withhold(SubscriptionId id, const Charges& charges, const std::string& unknown_fleet,
                SafetyVerdict& verdict) const;
  // What the verdict does not withhold is about to be written, and counts as in flight.
  void allow(SubscriptionId id, const Charges& charges, SafetyVerdict& verdict);
  // What happened to that: `switched` was written, `perhaps` may have been.
  void finished(SubscriptionId id, const Charges& switched, const Charges& perhaps, SteadyTime now);
  // It is unknown what happened.
  void lost(SubscriptionId id, SteadyTime now);

  struct Step {
    bool moved = false;  // the verdict on waiting subscriptions may have changed
    std::vector<BrakeNotice> notices;
  };
  // Adds a code that this uses to `spent`.
  [[nodiscard]] Step evaluate(bool fleet_is_known, SteadyTime now, SpentCodes& spent);

  // The code that confirms the held changes; "" if nothing is held.
  [[nodiscard]] std::string code() const;
  [[nodiscard]] std::size_t held(BrakeKind kind) const;

  // What a restart must remember.
  [[nodiscard]] std::array<RememberedBrake, 2> memory(const Moment& now) const;
  void recall(const std::array<RememberedBrake, 2>& memory, WallTime saved, const Moment& now);
  // Ends the recalled confirmations of what is not declared.
  void forget_recalled(const std::function<bool(SubscriptionId)>& is_declared);
  // Increases if memory() may have changed; before_write: if that must be durable before the next
  // write.
  [[nodiscard]] std::uint64_t revision() const;
  [[nodiscard]] std::uint64_t before_write() const { return before_write_; }

 private:
  struct FleetBrake {
    BrakeState state;
    BrakeAnnouncer announcer = {};
  };

  std::array<FleetBrake, 2> brakes_;  // by BrakeKind
  std::uint64_t before_write_ = 0;
};

}  // namespace defenderd
