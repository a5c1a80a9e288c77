#include "support/sim_fleet.h"

#include <utility>

namespace defenderd {
namespace {

WorkQueue::LaneGate gate_of(Throttle* throttle) {
  if (throttle == nullptr) return {};
  return [throttle](const Lane& lane) { return throttle->work_at(lane); };
}

}  // namespace

SimFleet::SimFleet(PlanStore& plans, FakeClock& clock, Throttle* throttle,
                   Reconciler::Options options, Schedule schedule)
    : clock_(clock),
      reconciler_(plans, clock, std::move(options)),
      controller_(
          reconciler_, clock, gate_of(throttle), [] { return 0.0; },
          Controller::Listener{[this](const Outcome& outcome, const Attempt&) {
                                 outcomes_.push_back(outcome);
                                 last_[outcome.desired.id] = outcome;
                               },
                               {}},
          Controller::Options{.workers = 1, .schedule = schedule}) {}

void SimFleet::declare(const std::vector<DesiredSubscription>& subscriptions) {
  controller_.set_desired(desired_state(subscriptions));
}

void SimFleet::run(Duration span) { run_for(controller_, clock_, span); }

}  // namespace defenderd
