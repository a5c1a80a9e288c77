// A roll-out by itself: who must wait for what, and when it stops.

#include "core/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/ids.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What a message calls it.
std::string named(unsigned n) { return "sub-" + std::to_string(n); }

class RolloutTest : public testing::Test {
 protected:
  // Newly declared, and not as declared.
  void declare(unsigned n, int wave, bool writable = true) {
    RolloutMember next;
    next.wave = static_cast<std::uint8_t>(wave);
    next.writable = writable;
    set(n, next);
  }
  void set(unsigned n, const RolloutMember& next) {
    rollout_.update(subscription_id(n), members_[n], next);
  }
  void reach(unsigned n) {
    RolloutMember next = members_.at(n);
    next.reached = true;
    next.differs = next.failed = false;
    set(n, next);
  }
  void fail(unsigned n) {
    RolloutMember next = members_.at(n);
    next.failed = true;
    set(n, next);
  }
  void drift(unsigned n) {
    RolloutMember next = members_.at(n);
    next.differs = true;
    set(n, next);
  }
  // The reason for which it must wait, or "".
  std::string judge(unsigned n) {
    const auto why = rollout_.judge(subscription_id(n), members_.at(n), now_);
    message_ = why ? why->message : "";
    return why ? std::string(to_text(why->reason)) : "";
  }

  std::map<unsigned, RolloutMember> members_;
  Rollout rollout_{[this](SubscriptionId id) {
    for (const auto& [n, member] : members_)
      if (subscription_id(n) == id) return named(n);
    return id.text();
  }};
  SteadyTime now_;
  std::string message_;
};

TEST_F(RolloutTest, WithoutWavesAndPaceNobodyWaits) {
  for (unsigned n = 1; n <= 30; ++n) declare(n, 0);
  for (unsigned n = 1; n <= 30; ++n) EXPECT_EQ(judge(n), "");
  for (unsigned n = 1; n <= 30; ++n) fail(n);
  EXPECT_FALSE(rollout_.is_stopped());
  declare(31, 0);
  EXPECT_EQ(judge(31), "");
}

TEST_F(RolloutTest, AWaveWaitsForAllEarlierOnes) {
  declare(1, 0);
  declare(2, 0);
  declare(3, 5);
  declare(4, 99);
  EXPECT_EQ(judge(3), "WaitsForEarlierWave");
  EXPECT_EQ(message_, "waits for wave 0, in which 2 subscriptions are not as declared yet: " +
                          named(1) + ", " + named(2));
  EXPECT_EQ(judge(1), "");
  reach(1);
  EXPECT_EQ(judge(3), "WaitsForEarlierWave");
  EXPECT_EQ(message_,
            "waits for wave 0, in which 1 subscription is not as declared yet: " + named(2));
  fail(2);
  EXPECT_EQ(judge(3), "WaitsForEarlierWave") << "a failing one, too";
  reach(2);
  EXPECT_EQ(rollout_.barrier(), 5);
  EXPECT_EQ(judge(3), "");
  EXPECT_EQ(judge(4), "WaitsForEarlierWave");
  reach(3);
  EXPECT_EQ(judge(4), "");
  reach(4);
  EXPECT_EQ(rollout_.barrier(), kWaves);
  EXPECT_TRUE(rollout_.is_over());
}

TEST_F(RolloutTest, AWaveNamesThreeOfThoseThatItWaitsFor) {
  for (unsigned n = 1; n <= 5; ++n) declare(n, 0);
  declare(6, 1);
  EXPECT_EQ(judge(6), "WaitsForEarlierWave");
  EXPECT_THAT(message_, HasSubstr("5 subscriptions are not as declared yet: " + named(1) + ", " +
                                  named(2) + ", " + named(3) + " and 2 others"));
  reach(1);
  EXPECT_EQ(judge(6), "WaitsForEarlierWave");
  EXPECT_THAT(message_, HasSubstr(named(4) + " and 1 other"));
}

TEST_F(RolloutTest, WhoseFailureWasConfirmedHoldsUpNoLaterWave) {
  rollout_.set_rule({.stop_after_failures = 1});
  declare(1, 0);
  declare(2, 0);
  declare(3, 1);
  EXPECT_EQ(judge(1), "");
  fail(1);
  RolloutMember next = members_.at(1);
  next.excused = true;
  set(1, next);
  EXPECT_EQ(judge(3), "WaitsForEarlierWave");
  EXPECT_THAT(message_, HasSubstr(": " + named(2)));
  EXPECT_EQ(judge(2), "");
  reach(2);
  EXPECT_EQ(judge(3), "");
}

TEST_F(RolloutTest, AfterARestartItWaitsForThoseThatHadATurn) {
  declare(1, 0);
  declare(2, 0);
  declare(3, 0, false);
  for (const unsigned n : {1U, 3U}) {
    RolloutMember next = members_.at(n);
    next.started = next.unsure = true;
    set(n, next);
  }
  EXPECT_TRUE(rollout_.is_blind());
  EXPECT_EQ(judge(2), "") << "it never stops";
  declare(4, 0);
  rollout_.set_rule({.stop_after_failures = 1});
  EXPECT_EQ(judge(1), "");
  EXPECT_EQ(judge(4), "FleetNotObserved");
  RolloutMember next = members_.at(1);
  next.unsure = false;
  set(1, next);
  EXPECT_FALSE(rollout_.is_blind()) << "what is not written says nothing";
  EXPECT_EQ(judge(4), "");
}

TEST_F(RolloutTest, WhatNobodyWritesHoldsUpNobody) {
  declare(1, 0, false);  // observed, or suspended
  declare(2, 1);
  EXPECT_EQ(judge(2), "");
}

TEST_F(RolloutTest, WhatLeavesTheListHoldsUpNobody) {
  declare(1, 0);
  declare(2, 1);
  EXPECT_EQ(judge(2), "WaitsForEarlierWave");
  EXPECT_TRUE(rollout_.anyone_waits());
  rollout_.leave(subscription_id(1), members_.at(1));
  EXPECT_EQ(judge(2), "");
  EXPECT_FALSE(rollout_.anyone_waits());
}

TEST_F(RolloutTest, DriftNeverWaits) {
  rollout_.set_rule({.subscriptions = 1, .stop_after_failures = 1});
  declare(1, 0);
  declare(2, 0);
  declare(3, 7);
  reach(3);
  EXPECT_EQ(judge(1), "");
  fail(1);
  EXPECT_TRUE(rollout_.is_stopped());
  EXPECT_EQ(judge(2), "RolloutStopped");
  drift(3);
  EXPECT_EQ(judge(3), "") << "neither for its wave, nor for its turn, nor while it is stopped";
}

TEST_F(RolloutTest, DriftOfAnEarlierWaveIsCorrectedBeforeALaterOneGoesOn) {
  declare(1, 0);
  reach(1);
  declare(2, 1);
  drift(1);
  EXPECT_EQ(judge(2), "WaitsForEarlierWave");
  reach(1);
  EXPECT_EQ(judge(2), "");
}

TEST_F(RolloutTest, ThePaceLetsSoManyThroughInAnInterval) {
  rollout_.set_rule({.subscriptions = 2, .interval = 5min});
  for (unsigned n = 1; n <= 5; ++n) declare(n, 0);
  EXPECT_EQ(judge(1), "");
  now_ += 1min;
  EXPECT_EQ(judge(2), "");
  EXPECT_EQ(judge(3), "Paced");
  EXPECT_THAT(message_, HasSubstr("lets 2 subscriptions be written within 5m"));
  EXPECT_THAT(message_, HasSubstr("5 are not as declared yet"));
  EXPECT_EQ(judge(1), "") << "it has its turn: a retry takes no other";
  now_ += 4min;
  EXPECT_EQ(judge(3), "") << "the first turn is an interval ago";
  EXPECT_EQ(judge(4), "Paced");
  now_ += 1min;
  EXPECT_EQ(judge(4), "");
}

TEST_F(RolloutTest, StopsAfterFailuresAndGoesOnWhenTheyAreGone) {
  rollout_.set_rule({.stop_after_failures = 2});
  for (unsigned n = 1; n <= 5; ++n) declare(n, 0);
  for (unsigned n = 1; n <= 3; ++n) EXPECT_EQ(judge(n), "");
  fail(1);
  EXPECT_EQ(judge(4), "");
  fail(2);
  EXPECT_TRUE(rollout_.is_stopped());
  rollout_.set_code("1a2b3c4d");
  EXPECT_EQ(judge(5), "RolloutStopped");
  EXPECT_THAT(message_, HasSubstr("too many subscriptions that it has written fail"));
  EXPECT_THAT(message_, Not(HasSubstr("1a2b3c4d"))) << "others may fail, too";
  EXPECT_THAT(rollout_.stopped_message(),
              HasSubstr("2 subscriptions that it has written fail or have drifted back"));
  EXPECT_THAT(rollout_.stopped_message(), HasSubstr("`confirm: 1a2b3c4d`"));
  EXPECT_EQ(judge(3), "") << "what has its turn is finished";
  EXPECT_THAT(rollout_.failing(), ElementsAre(subscription_id(1), subscription_id(2)));
  reach(2);
  EXPECT_FALSE(rollout_.is_stopped());
  EXPECT_EQ(judge(5), "");
}

TEST_F(RolloutTest, WhatDriftsBackCountsAsAFailure) {
  rollout_.set_rule({.stop_after_failures = 1});
  declare(1, 0);
  declare(2, 0);
  EXPECT_EQ(judge(1), "");
  reach(1);
  EXPECT_FALSE(rollout_.is_stopped());
  drift(1);
  EXPECT_TRUE(rollout_.is_stopped());
}

TEST_F(RolloutTest, AFailureThatItHasNotWrittenDoesNotCount) {
  rollout_.set_rule({.stop_after_failures = 1});
  declare(1, 0);
  declare(2, 0);
  fail(1);  // it could not even be read
  EXPECT_FALSE(rollout_.is_stopped());
}

TEST_F(RolloutTest, ProgressIsByWave) {
  declare(1, 0);
  declare(2, 0);
  declare(3, 3);
  declare(4, 3, false);
  reach(1);
  fail(2);
  EXPECT_THAT(rollout_.progress(), ElementsAre(WaveProgress{0, 2, 1, 1}, WaveProgress{3, 1, 1, 0}));
}

TEST_F(RolloutTest, SaysWhenARestartMustRememberSomething) {
  rollout_.set_rule({.subscriptions = 1});
  declare(1, 0);
  const std::uint64_t before = rollout_.revision();
  const std::uint64_t durable = rollout_.before_write();
  EXPECT_EQ(judge(1), "");
  EXPECT_GT(rollout_.revision(), before);
  EXPECT_GT(rollout_.before_write(), durable) << "a crash must not give its turn again";
  fail(1);
  const std::uint64_t failed = rollout_.revision();
  reach(1);
  EXPECT_GT(rollout_.revision(), failed);
}

}  // namespace
}  // namespace defenderd
