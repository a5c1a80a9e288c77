#include "arm/page_retry.h"

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

using std::chrono::seconds;

constexpr int kTries = 3;
constexpr Duration kBetweenTries = seconds(2);
constexpr Duration kShortestWait = seconds(1);
constexpr Duration kLongestWait = std::chrono::minutes(1);

}  // namespace

PageRetry::PageRetry(Clock& clock, SteadyTime end, std::stop_token stop)
    : clock_(clock), end_(end), stop_(std::move(stop)) {}

bool PageRetry::wait_after(const Failure& failure) {
  if (failure.next == NextTry::Slow) return false;
  if (is_token_refused(failure)) return wait_for_token(failure);
  if (++failures_ >= kTries) return false;
  return wait(std::max(kShortestWait, failure.server_wait.value_or(kBetweenTries * failures_)));
}

// The page was not requested. The pause between two requests for a token grows, so tries say
// little.
bool PageRetry::wait_for_token(const Failure& failure) {
  const Duration pause = std::max(kShortestWait, failure.server_wait.value_or(kBetweenTries));
  waited_for_token_ += pause;
  return waited_for_token_ <= kLongestWait && wait(pause);
}

bool PageRetry::wait(Duration time) {
  const SteadyTime until = clock_.steady_now() + time;
  return time <= kLongestWait && until <= end_ && clock_.sleep_until(until, stop_);
}

}  // namespace defenderd
