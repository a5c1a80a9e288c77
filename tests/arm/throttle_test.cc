#include "arm/throttle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "support/builders.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

using Kind = Throttle::Kind;

const Throttle::Tenant kDefault;
const Throttle::Tenant kOther = TenantId::parse("72f988bf-0000-4000-8000-2d7cd011db47");

// A lane whose second's worth is not used.
void rest(Throttle& throttle, FakeClock& clock, const Throttle::Tenant& tenant) {
  EXPECT_TRUE(throttle.take(tenant, Kind::Read, {}));
  EXPECT_TRUE(throttle.take(tenant, Kind::Write, {}));
  clock.advance(100s);
}

struct RateCase {
  const char* description;
  double rate;
};

void PrintTo(const RateCase& one, std::ostream* out) { *out << one.description; }

class ThrottleRateTest : public testing::TestWithParam<RateCase> {};

// A token bucket of a second's worth: no window of any length sees more than the rate and that.
TEST_P(ThrottleRateTest, NeverGoesAboveTheRateOverAnyWindow) {
  const double rate = GetParam().rate;
  FakeClock clock;
  Throttle throttle(clock, {rate, 1e-3});
  std::mt19937 random(3);
  std::vector<SteadyTime> went;
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(throttle.take(kDefault, Kind::Read, {}));
    went.push_back(clock.steady_now());
    // Pauses of all sizes, and long stretches without any.
    if (random() % 40 == 0) clock.advance(std::chrono::milliseconds(random() % 3000));
  }
  EXPECT_GE(clock.sleeps().size(), 100U) << "requests had to wait";
  const double burst = std::max(rate, 1.0);
  for (std::size_t first = 0; first < went.size(); ++first) {
    for (std::size_t last = first; last < went.size(); ++last) {
      const double window = std::chrono::duration<double>(went[last] - went[first]).count();
      ASSERT_LE(static_cast<double>(last - first + 1), window * rate + burst + 1e-6)
          << "requests " << first << " to " << last << " within " << window << " s";
    }
  }
}

TEST_P(ThrottleRateTest, UsesTheWholeRate) {
  const double rate = GetParam().rate;
  FakeClock clock;
  Throttle throttle(clock, {rate, rate});
  const SteadyTime start = clock.steady_now();
  const int requests = static_cast<int>(rate * 20) + 20;
  for (int i = 0; i < requests; ++i) ASSERT_TRUE(throttle.take(kDefault, Kind::Write, {}));
  const double took = std::chrono::duration<double>(clock.steady_now() - start).count();
  EXPECT_LE(took, (requests - 1) / rate + 1e-6);
}

// What went out twice is paid for by what follows.
TEST_P(ThrottleRateTest, WaitsForWhatWasSentTwice) {
  const double rate = GetParam().rate;
  FakeClock clock;
  Throttle throttle(clock, {rate, rate});
  const SteadyTime start = clock.steady_now();
  const int requests = static_cast<int>(rate * 20) + 20;
  for (int i = 0; i < requests; ++i) {
    ASSERT_TRUE(throttle.take(kDefault, Kind::Read, {}));
    if (i % 2 == 0) throttle.charge(kDefault, Kind::Read);
  }
  const double took = std::chrono::duration<double>(clock.steady_now() - start).count();
  EXPECT_GE(took, (1.5 * requests - std::max(rate, 1.0) - 2) / rate);
}

INSTANTIATE_TEST_SUITE_P(Rates, ThrottleRateTest,
                         testing::Values(RateCase{"ours for reads", 20}, RateCase{"writes", 5},
                                         RateCase{"one", 1}, RateCase{"one in four seconds", 0.25},
                                         RateCase{"an odd one", 3.7}),
                         [](const auto& each) { return "Rate" + std::to_string(each.index); });

TEST(Throttle, ReadsWritesAndTenantsAreIndependent) {
  FakeClock clock;
  Throttle throttle(clock, {1, 1});
  const SteadyTime start = clock.steady_now();
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_TRUE(throttle.take(kDefault, Kind::Write, {}));
  EXPECT_TRUE(throttle.take(kOther, Kind::Read, {}));
  EXPECT_EQ(clock.steady_now(), start) << "none had to wait for another";
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_EQ(clock.steady_now(), start + 1s);
}

TEST(Throttle, StopEndsTheWait) {
  SystemClock clock;
  Throttle throttle(clock, {1e-3, 1});
  std::stop_source stop;
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, stop.get_token()));
  const std::jthread stopper([&stop] { stop.request_stop(); });
  EXPECT_FALSE(throttle.take(kDefault, Kind::Read, stop.get_token()));
  EXPECT_FALSE(throttle.take(kOther, Kind::Read, stop.get_token())) << "stopped before it began";
}

TEST(Throttle, ReadyAtTellsWhenNothingWouldWait) {
  FakeClock clock;
  Throttle throttle(clock, {2, 1});
  EXPECT_LE(throttle.ready_at(kDefault), clock.steady_now()) << "never used";
  rest(throttle, clock, kDefault);
  const SteadyTime start = clock.steady_now();
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_LE(throttle.ready_at(kDefault), start) << "a second's worth may go at once";
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_EQ(throttle.ready_at(kDefault), start + 500ms);
  EXPECT_TRUE(throttle.take(kDefault, Kind::Write, {}));
  EXPECT_EQ(throttle.ready_at(kDefault), start + 1s) << "whoever starts may need to write";
  EXPECT_LE(throttle.ready_at(kOther), start);
}

TEST(Throttle, NewRatesCountFromNowOn) {
  FakeClock clock;
  Throttle throttle(clock, {1, 1});
  rest(throttle, clock, kDefault);
  throttle.set_rates({4, 4});
  const SteadyTime start = clock.steady_now();
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_EQ(clock.steady_now(), start + 1s);
}

// The process before this one may have sent its second's worth just now.
TEST(Throttle, RestartsGetNoSecondsWorthEach) {
  FakeClock clock;
  const SteadyTime start = clock.steady_now();
  for (int restart = 0; restart < 5; ++restart) {
    Throttle throttle(clock, {20, 5});
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  }
  EXPECT_EQ(clock.steady_now(), start + 5 * 9 * 50ms);
}

class LeftTest : public testing::Test {
 protected:
  LeftTest() { rest(throttle_, clock_, kDefault); }
  // So many requests are left for each of these subscriptions.
  void left(unsigned first, unsigned last, double requests) {
    for (unsigned n = first; n <= last; ++n)
      throttle_.left(kDefault, subscription_id(n), Kind::Read, requests);
  }
  Duration pause(const Throttle::Tenant& tenant = kDefault, Kind kind = Kind::Read) {
    const SteadyTime start = clock_.steady_now();
    EXPECT_TRUE(throttle_.take(tenant, kind, {}));
    return clock_.steady_now() - start;
  }

  FakeClock clock_;
  Throttle throttle_{clock_, {20, 5}};
};

TEST_F(LeftTest, ThePaceFallsWithWhatIsLeft) {
  struct Case {
    double requests;
    Duration pause;
  };
  const std::vector<Case> cases = {{1e9, 0ms},  {749, 0ms},  {50, 0ms},     {40, 62500us},
                                   {10, 250ms}, {4, 625ms},  {2.5, 1000ms}, {0.5, 1000ms},
                                   {0, 1000ms}, {-3, 1000ms}};
  for (const Case& each : cases) {
    SCOPED_TRACE(each.requests);
    clock_.advance(10s);
    left(1, 3, each.requests);
    EXPECT_EQ(pause(), each.pause);
  }
}

TEST_F(LeftTest, OneSubscriptionIsItsOwnAffair) {
  for (int i = 0; i < 9; ++i) left(1, 2, 0);
  EXPECT_EQ(pause(), 0ms);
  left(3, 3, 200);
  left(1, 2, 0);
  EXPECT_EQ(pause(), 0ms) << "there are enough for another in between";
  left(4, 4, 0);
  EXPECT_EQ(pause(), 1s);
}

TEST_F(LeftTest, ConcernsOneTenantAndKind) {
  left(1, 3, 0);
  EXPECT_EQ(pause(kDefault, Kind::Write), 0ms);
  EXPECT_EQ(pause(kOther), 0ms);
  EXPECT_EQ(pause(), 1s);
}

TEST_F(LeftTest, ASlowBudgetStaysAsItIs) {
  throttle_.set_rates({0.25, 5});
  clock_.advance(100s);
  left(1, 3, 0);
  EXPECT_EQ(pause(), 4s);
}

TEST_F(LeftTest, EndsWithTheFirstAnswerThatHasEnough) {
  left(1, 3, 0);
  EXPECT_EQ(pause(), 1s);
  left(4, 4, 200);
  clock_.advance(2s);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(pause(), 0ms);
}

// Time goes on for others while somebody sleeps.
class BusyClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return clock_.wall_now(); }
  [[nodiscard]] SteadyTime steady_now() const override { return clock_.steady_now(); }
  bool sleep_until(SteadyTime when, std::stop_token stop) override {
    if (const auto happens = std::exchange(meanwhile_, {})) happens();
    return clock_.sleep_until(when, std::move(stop));
  }
  void meanwhile(std::function<void()> happens) { meanwhile_ = std::move(happens); }

 private:
  FakeClock clock_;
  std::function<void()> meanwhile_;
};

TEST(Throttle, WhoeverWaitsAlreadySlowsDownToo) {
  BusyClock clock;
  Throttle throttle(clock, {20, 5});
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  const SteadyTime start = clock.steady_now();
  clock.meanwhile([&] {
    EXPECT_EQ(throttle.ready_at(kDefault), start + 100ms) << "one is waiting";
    for (unsigned n = 1; n <= 3; ++n) throttle.left(kDefault, subscription_id(n), Kind::Read, 0);
  });
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_EQ(clock.steady_now(), start + 1s);
}

TEST(Throttle, TurnsComeInTheOrderOfTheWaiting) {
  BusyClock clock;
  Throttle throttle(clock, {20, 5});
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  const SteadyTime start = clock.steady_now();
  clock.meanwhile([&] {
    EXPECT_TRUE(throttle.take(kOther, Kind::Read, {})) << "of another tenant";
    EXPECT_EQ(clock.steady_now(), start);
    std::stop_source stopped;
    stopped.request_stop();
    EXPECT_FALSE(throttle.take(kDefault, Kind::Read, stopped.get_token())) << "and takes nothing";
  });
  EXPECT_TRUE(throttle.take(kDefault, Kind::Read, {}));
  EXPECT_EQ(clock.steady_now(), start + 50ms);
  EXPECT_EQ(throttle.ready_at(kDefault), start + 100ms);
}

}  // namespace
}  // namespace defenderd
