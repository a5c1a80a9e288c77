#pragma once
// A controller that works through simulated time, one subscription after the other.

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "arm/throttle.h"
#include "reconcile/controller.h"
#include "support/fake_clock.h"
#include "support/run_for.h"

namespace defenderd {

class SimFleet {
 public:
  // Every 5 minutes without jitter; back-off from 2 s to 15 min.
  static constexpr Schedule kSchedule{std::chrono::minutes(5), 0.0, std::chrono::seconds(2),
                                      std::chrono::minutes(15)};

  // All outlive it. With a throttle, tenants that it blocks wait.
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
