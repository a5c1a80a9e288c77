#pragma once
// A controller that works through simulated time, one subscription after the other.

#include <map>
#include <memory>
#include <vector>

#include "arm/throttle.h"
#include "reconcile/controller.h"
#include "support/fake_clock.h"
#include "support/fleets.h"
#include "support/run_for.h"

namespace defenderd {

class SimFleet {
 public:
  // All outlive it. With a throttle, tenants that it blocks wait as they do in the daemon.
  SimFleet(PlanStore& plans, FakeClock& clock, Throttle* throttle = nullptr,
           Reconciler::Options options = {}, Schedule schedule = kSchedule);

  void declare(const std::vector<DesiredSubscription>& subscriptions);
  // Like run_for().
  void run(Duration span);

  // Oldest first.
  [[nodiscard]] const std::vector<Outcome>& outcomes() const { return outcomes_; }
  [[nodiscard]] const Outcome& last() const { return outcomes_.back(); }
  [[nodiscard]] const Outcome& last(SubscriptionId id) const { return last_.at(id); }
  [[nodiscard]] const Controller& controller() const { return controller_; }

 private:
  FakeClock& clock_;
  const Reconciler reconciler_;
  std::vector<Outcome> outcomes_;
  std::map<SubscriptionId, Outcome> last_;
  Controller controller_;
};

}  // namespace defenderd
