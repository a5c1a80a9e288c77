// The pauses that ARM asks for.

#include <gtest/gtest.h>

#include "arm/throttle.h"
#include "support/builders.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

using Kind = Throttle::Kind;

const Throttle::Tenant kDefault;
const Throttle::Tenant kOther = TenantId::parse("72f988bf-0000-4000-8000-2d7cd011db47");

class ThrottledTest : public testing::Test {
 protected:
  // Several subscriptions in a row. Whether a pause begins that is worth a report.
  bool block(Duration wait, Kind kind = Kind::Read, const Throttle::Tenant& tenant = kDefault) {
    bool begins = false;
    for (unsigned n = 1; n <= 3; ++n)
      begins = throttle_.throttled(tenant, subscription_id(n), kind, wait) || begins;
    return begins;
  }

  FakeClock clock_;
  Throttle throttle_{clock_, {20, 5}};
};

TEST_F(ThrottledTest, OneOrTwoSubscriptionsAreTheirOwnAffair) {
  for (int i = 0; i < 5; ++i) throttle_.throttled(kDefault, subscription_id(1), Kind::Read, 60s);
  throttle_.throttled(kDefault, subscription_id(2), Kind::Read, 60s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
  EXPECT_LE(throttle_.ready_at(kDefault), clock_.steady_now());
}

TEST_F(ThrottledTest, SeveralWithinAShortWhileBlockTheTenantsLane) {
  block(60s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 60s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Write), 0s) << "ARM counts each kind";
  EXPECT_EQ(throttle_.ready_at(kDefault), clock_.steady_now() + 60s);
  EXPECT_EQ(throttle_.blocked_for(kOther, Kind::Read), 0s)
      << "another tenant has another principal";
  EXPECT_LE(throttle_.ready_at(kOther), clock_.steady_now());
  clock_.advance(60s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
  EXPECT_LE(throttle_.ready_at(kDefault), clock_.steady_now());
}

TEST_F(ThrottledTest, BlockedWritesLeaveReadsAlone) {
  block(600s, Kind::Write);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Write), 600s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
  EXPECT_LE(throttle_.ready_at(kDefault), clock_.steady_now());
  EXPECT_LE(throttle_.work_at(kDefault), clock_.steady_now());
  clock_.advance(60s);
  throttle_.heard(kDefault, Kind::Read);
  EXPECT_EQ(throttle_.throttled_for(kDefault, Kind::Write), 60s) << "a read says nothing of writes";
  throttle_.try_again(kDefault);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Write), 0s) << "a person asked";
}

TEST_F(ThrottledTest, ReadsAndWritesAreNotCountedTogether) {
  throttle_.throttled(kDefault, subscription_id(1), Kind::Read, 60s);
  throttle_.throttled(kDefault, subscription_id(2), Kind::Read, 60s);
  throttle_.throttled(kDefault, subscription_id(3), Kind::Write, 60s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Write), 0s);
}

TEST_F(ThrottledTest, ALongPauseIsReportedOnceAndWhenItIsOver) {
  EXPECT_FALSE(block(59s, Kind::Write)) << "it comes and goes";
  EXPECT_TRUE(block(10min, Kind::Write));
  EXPECT_FALSE(throttle_.heard(kDefault, Kind::Write)) << "that was on its way";
  clock_.advance(10min);
  EXPECT_FALSE(block(10min, Kind::Write)) << "it goes on";
  clock_.advance(10min);
  EXPECT_FALSE(throttle_.heard(kDefault, Kind::Read));
  EXPECT_TRUE(throttle_.heard(kDefault, Kind::Write));
  EXPECT_FALSE(throttle_.heard(kDefault, Kind::Write));
  EXPECT_TRUE(block(10min, Kind::Write));
}

// Writes are rare: there may be none between two pauses that are days apart.
TEST_F(ThrottledTest, APauseAfterALongTimeIsAnother) {
  EXPECT_TRUE(block(10min, Kind::Write));
  clock_.advance(std::chrono::hours(48));
  EXPECT_TRUE(block(10min, Kind::Write));
  EXPECT_EQ(throttle_.throttled_for(kDefault, Kind::Write), 0s);
}

// Otherwise nobody would hear of those whose turn does not come.
TEST_F(ThrottledTest, AfterAQuarterOfAnHourWorkGoesThroughToBeReported) {
  for (int i = 0; i < 7; ++i) {
    block(2min);
    EXPECT_EQ(throttle_.work_at(kDefault), clock_.steady_now() + 2min) << i;
    EXPECT_EQ(throttle_.throttled_for(kDefault, Kind::Read), i * 2min);
    clock_.advance(2min);
  }
  block(2min);
  EXPECT_LE(throttle_.work_at(kDefault), clock_.steady_now());
  EXPECT_EQ(throttle_.ready_at(kDefault), clock_.steady_now() + 2min) << "nothing is sent";
  EXPECT_EQ(throttle_.throttled_for(kDefault, Kind::Read), 14min);
  throttle_.heard(kDefault, Kind::Read);
  EXPECT_EQ(throttle_.throttled_for(kDefault, Kind::Read), 0s);
  block(2min);
  EXPECT_GT(throttle_.work_at(kDefault), clock_.steady_now()) << "it begins anew";
  block(20min);
  EXPECT_LE(throttle_.work_at(kDefault), clock_.steady_now()) << "one long wait";
}

TEST_F(ThrottledTest, SeveralFarApartDoNot) {
  for (unsigned n = 1; n <= 9; ++n) {
    throttle_.throttled(kDefault, subscription_id(n), Kind::Read, 60s);
    clock_.advance(6s);
  }
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
}

TEST_F(ThrottledTest, AShorterWishDoesNotShortenTheWait) {
  block(300s);
  for (unsigned n = 4; n <= 6; ++n)
    throttle_.throttled(kDefault, subscription_id(n), Kind::Read, 1s);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 300s);
}

TEST_F(ThrottledTest, APersonsRequestGoesThroughButNotInALoop) {
  block(1200s);
  block(1200s, Kind::Read, kOther);
  throttle_.try_again(kDefault);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
  EXPECT_LE(throttle_.ready_at(kDefault), clock_.steady_now());
  EXPECT_EQ(throttle_.blocked_for(kOther, Kind::Read), 1200s) << "nobody asked for that one";
  block(1200s);
  throttle_.try_again(kDefault);
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 1200s) << "ARM has just said it again";
  throttle_.try_again();
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 1200s);
  EXPECT_EQ(throttle_.blocked_for(kOther, Kind::Read), 0s);
  clock_.advance(30s);
  throttle_.try_again();
  EXPECT_EQ(throttle_.blocked_for(kDefault, Kind::Read), 0s);
}

TEST_F(ThrottledTest, ABlockedLaneHoldsNobodyWhoIsAlreadyAtIt) {
  block(300s);
  const SteadyTime start = clock_.steady_now();
  EXPECT_TRUE(throttle_.take(kDefault, Kind::Write, {}));
  EXPECT_EQ(clock_.steady_now(), start);
}

}  // namespace
}  // namespace defenderd
