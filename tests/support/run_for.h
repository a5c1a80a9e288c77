#pragma once
// Lets a controller work through simulated time.

#include <functional>

#include "reconcile/controller.h"
#include "support/fake_clock.h"

namespace defenderd {

// Works on everything that comes due within `span`, moving time from one to the next.
inline void run_for(Controller& controller, FakeClock& clock, Duration span,
                    const std::function<void()>& after_each = {}) {
  const SteadyTime end = clock.steady_now() + span;
  while (true) {
    while (controller.step()) {
      if (after_each) after_each();
    }
    const auto next = controller.next_ready();
    if (!next || *next > end) break;
    clock.advance_to(*next);
  }
  clock.advance_to(end);
}

}  // namespace defenderd
