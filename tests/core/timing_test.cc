#include "core/timing.h"

#include <gtest/gtest.h>

#include <chrono>

#include "support/builders.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr Schedule kSchedule{5min, 0.1, 2s, 15min};

Outcome failed(NextTry next, std::optional<Duration> server_wait = {}) {
  Outcome outcome;
  outcome.failure = failure(Reason::ServerError, next);
  outcome.failure->server_wait = server_wait;
  return outcome;
}

Outcome no_token(NextTry next, int http_status) {
  Outcome outcome;
  outcome.failure = failure(Reason::CredentialFailed, next);
  outcome.failure->http_status = http_status;
  return outcome;
}

struct Case {
  const char* description;
  Outcome outcome;
  int failures;
  double unit;
  Duration expected;
};

std::ostream& operator<<(std::ostream& out, const Case& item) { return out << item.description; }

class NextDelayTest : public testing::TestWithParam<Case> {};

TEST_P(NextDelayTest, IsAsDocumented) {
  const Case& item = GetParam();
  EXPECT_EQ(next_delay(item.outcome, item.failures, kSchedule, item.unit), item.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NextDelayTest,
    testing::Values(
        Case{"in sync: the interval", {}, 0, 0.5, 5min},
        Case{"earliest by jitter", {}, 0, 0.0, 4min + 30s},
        Case{"first failure", failed(NextTry::Soon), 1, 0.0, 2s},
        Case{"third failure", failed(NextTry::Soon), 3, 0.0, 8s},
        Case{"back-off has an end", failed(NextTry::Soon), 60, 0.0, 15min},
        Case{"back-off is shortened by a quarter at most", failed(NextTry::Soon), 2, 1.0, 3s},
        Case{"a transient error's Retry-After counts", failed(NextTry::Soon, 30s), 1, 0.0, 30s},
        Case{"busy: ten seconds first", failed(NextTry::Busy), 1, 0.0, 10s},
        Case{"busy: at most fifteen", failed(NextTry::Busy), 1, 1.0, 15s},
        Case{"busy: growing", failed(NextTry::Busy), 3, 0.0, 40s},
        Case{"busy: two minutes at most", failed(NextTry::Busy), 30, 0.0, 2min},
        Case{"busy: the server's wait is kept", failed(NextTry::Busy, 60s), 1, 0.0, 60s},
        Case{"busy: jitter comes on top of it", failed(NextTry::Busy, 60s), 1, 1.0, 75s},
        Case{"busy: a short wait of the server", failed(NextTry::Busy, 1s), 2, 0.0, 20s},
        Case{"the server's wait is kept", failed(NextTry::ServerWait, 372s), 1, 0.0, 372s},
        Case{"jitter comes on top of it", failed(NextTry::ServerWait, 100s), 1, 1.0, 125s},
        Case{"a wait of zero has a floor", failed(NextTry::ServerWait, 0s), 1, 0.0, 1s},
        Case{"a wait of zero, the third time", failed(NextTry::ServerWait, 0s), 3, 0.0, 1s},
        Case{"a wait of zero again and again", failed(NextTry::ServerWait, 0s), 6, 0.0, 8s},
        Case{"a wait of zero for ever", failed(NextTry::ServerWait, 0s), 100, 0.0, 2min},
        Case{"a long wait again and again", failed(NextTry::ServerWait, 372s), 100, 0.0, 372s},
        Case{"throttled without a wait", failed(NextTry::ServerWait), 2, 0.0, 20s},
        Case{"what needs a person is checked slowly", failed(NextTry::Slow), 9, 0.5, 15min},
        Case{"a new federated credential: seconds", no_token(NextTry::Soon, 401), 1, 0.0, 2s},
        Case{"and growing", no_token(NextTry::Soon, 401), 4, 0.0, 16s},
        Case{"to the slow retry", no_token(NextTry::Soon, 401), 60, 0.0, 15min},
        Case{"a wrong secret: slowly at once", no_token(NextTry::Slow, 401), 1, 0.5, 15min},
        Case{"a file that is not there yet: seconds", no_token(NextTry::Slow, 0), 1, 0.0, 2s},
        Case{"and growing to the slow retry", no_token(NextTry::Slow, 0), 60, 0.0, 15min}));

TEST(GroupedTest, WaitsToTheEndOfTheGrainAndNeverLess) {
  const SteadyTime start{};
  struct {
    const char* what;
    Duration now, wait, expected;
  } const cases[] = {
      {"on the grain already", 20s, 40s, 40s},
      {"to its end", 20s, 41s, 50s},
      {"from within one", 23s, 41s, 47s},
      {"just missed", 0s, 40s + 1ns, 50s},
      {"at once", 23s, 0s, 7s},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(grouped(start + one.now, one.wait, 10s), one.expected) << one.what;
  }
}

// Whoever has granted a role waits for it to work, and in vain nothing is asked more often than
// the subscription is checked when all is well.
TEST(NextDelayTest, WhatNeedsAPersonDoesNotWaitForALongInterval) {
  struct {
    const char* what;
    Duration interval, retry_max, expected;
  } const cases[] = {
      {"a long interval", 24h, 15min, 15min},  {"and a short retry", 2h, 10s, 15min},
      {"and a long retry", 2h, 1h, 1h},        {"a short interval", 5min, 10s, 5min},
      {"and a longer retry", 30s, 1min, 1min},
  };
  for (const auto& one : cases) {
    const Schedule schedule{one.interval, 0.0, 2s, one.retry_max};
    EXPECT_EQ(next_delay(failed(NextTry::Slow), 1, schedule, 0.3), one.expected) << one.what;
  }
}

}  // namespace
}  // namespace defenderd
