#pragma once
// Until when a service is not asked again, because it said so or because it has just failed; a
// person who asks for an answer ends the wait.

#include <optional>

#include "base/clock.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class RetryWait {
 public:
  // A person may ask in a loop, which must not become a loop of requests.
  static constexpr Duration kBetweenTries = std::chrono::seconds(30);

  [[nodiscard]] SteadyTime until() const { return until_; }
  void set_until(SteadyTime when) { until_ = when; }

  // Ends the wait, at most once within kBetweenTries.
  void try_again(SteadyTime now) {
    if (until_ <= now || (tried_again_ && now - *tried_again_ < kBetweenTries)) return;
    tried_again_ = now;
    until_ = now;
  }

 private:
  SteadyTime until_;
  std::optional<SteadyTime> tried_again_;
};

}  // namespace defenderd
