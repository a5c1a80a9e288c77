#include "core/timing.h"

#include <algorithm>
#include <chrono>

namespace defenderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// ARM locks a subscription's pricings for a few seconds per write and asks for 10-15 s between two.
constexpr Duration kBusyMin = seconds(10);
constexpr Duration kBusyMax = minutes(2);
// A server may answer "try again after 0 seconds".
constexpr Duration kServerWaitFloor = seconds(1);
// So often in a row; after that the shortest wait doubles each time.
constexpr int kTakenAtItsWord = 3;

// A credential that could not even be sent, such as a file of it that is not there yet: no server
// is asked, so trying again costs nothing.
bool is_local(const Failure& failure) {
  return failure.reason == Reason::CredentialFailed && !is_token_refused(failure);
}

}  // namespace

Duration doubled(Duration min, int times, Duration max) {
  Duration result = min;
  for (int i = 0; i < times && result < max; ++i) result *= 2;
  return std::min(result, max);
}

Duration scaled(Duration duration, double factor) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(duration) * factor);
}

Duration back_off(int failures, Duration min, Duration max, double unit) {
  return scaled(doubled(min, std::max(failures, 1) - 1, max), 1.0 - 0.25 * unit);
}

Duration jittered(Duration interval, double share, double unit) {
  return scaled(interval, 1.0 + share * (2.0 * unit - 1.0));
}

Duration grouped(SteadyTime now, Duration wait, Duration grain) {
  const Duration into = (now + wait).time_since_epoch() % grain;
  return into == Duration::zero() ? wait : wait + (grain - into);
}

Duration slow_wait(const Schedule& schedule) {
  return std::max(schedule.retry_max, std::min(schedule.interval, schedule.slow));
}

Duration longest_delay(std::optional<NextTry> failed, const Schedule& schedule) {
  if (!failed) return jittered(schedule.interval, schedule.jitter, 1.0);
  switch (*failed) {
    case NextTry::Soon:
    case NextTry::ServerWait:
      return scaled(schedule.retry_max, 1.25);
    case NextTry::Busy:
      return scaled(kBusyMax, 1.5);
    case NextTry::Slow:
      break;
  }
  return jittered(slow_wait(schedule), schedule.jitter, 1.0);
}

Duration next_delay(const Outcome& outcome, int failures, const Schedule& schedule, double unit) {
  if (outcome.failure) {
    const Failure& failure = *outcome.failure;
    switch (failure.next) {
      case NextTry::Soon:
        return std::max(back_off(failures, schedule.retry_min, schedule.retry_max, unit),
                        failure.server_wait.value_or(Duration::zero()));
      case NextTry::Busy: {
        const Duration unasked = doubled(kBusyMin, std::max(failures, 1) - 1, kBusyMax);
        return std::max(scaled(unasked, 1.0 + 0.5 * unit),
                        scaled(failure.server_wait.value_or(Duration::zero()), 1.0 + 0.25 * unit));
      }
      case NextTry::ServerWait: {
        const Duration unasked = doubled(kBusyMin, std::max(failures, 1) - 1, schedule.retry_max);
        const Duration least = doubled(kServerWaitFloor, failures - kTakenAtItsWord, kBusyMax);
        return scaled(std::max(failure.server_wait.value_or(unasked), least), 1.0 + 0.25 * unit);
      }
      case NextTry::Slow: {
        const Duration slow = slow_wait(schedule);
        if (is_local(failure)) return back_off(failures, schedule.retry_min, slow, unit);
        return jittered(slow, schedule.jitter, unit);
      }
    }
  }
  return jittered(schedule.interval, schedule.jitter, unit);
}

}  // namespace defenderd
