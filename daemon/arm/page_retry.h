#pragma once
// How often a page of a list is requested again, and how long that may wait: three times, no wait
// above a minute, and none past the end of the list's time. While the token service refuses a token
// for now, as it does for a new credential, up to a minute in all.

#include <stop_token>

#include "base/clock.h"
#include "core/failure.h"

namespace defenderd {

// For one page. One thread.
class PageRetry {
 public:
  // The clock must outlive it.
  PageRetry(Clock& clock, SteadyTime end, std::stop_token stop);

  // After a failure: waits until the page may be requested again. False if the failure does not
  // pass, was the third, would take too long, or a stop is requested.
  bool wait_after(const Failure& failure);

  // Waits. False if that would take too long, or a stop is requested.
  bool wait(Duration time);

 private:
  bool wait_for_token(const Failure& failure);

  Clock& clock_;
  const SteadyTime end_;
  const std::stop_token stop_;
  int failures_ = 0;
  Duration waited_for_token_{0};
};

}  // namespace defenderd
