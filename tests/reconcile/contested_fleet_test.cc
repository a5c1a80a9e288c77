// Contested fields over simulated hours.

#include <gmock/gmock.h>

#include "base/time_text.h"
#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ContestedFleetTest : public Fleet {
 protected:
  // Somebody who switches evidence back whenever it is not as they want it.
  void flip(bool wanted) {
    Pricing pricing = store_.get(subscription_id(1));
    Extension* const extension = pricing.find(kPromptEvidence);
    if (extension == nullptr || extension->enabled == wanted) return;
    extension->enabled = wanted;
    store_.put(subscription_id(1), pricing);
  }
  void start(bool evidence_desired) {
    make();
    store_.put(subscription_id(1), standard_plan({{"AIPromptEvidence", !evidence_desired}}));
    use({declared(1, true, {evidence(evidence_desired)})});
  }
};

TEST_F(ContestedFleetTest, APolicyThatFlipsItBackIsNotFought) {
  start(false);
  int writes_when_contested = 0;
  run_for(30min, [&] {
    flip(true);
    if (writes_when_contested == 0 && last(1).state == State::Contested) {
      writes_when_contested = store_.writes();
    }
  });
  EXPECT_GT(writes_when_contested, 0) << "it came to be contested";
  EXPECT_LE(writes_when_contested, 4);

  const int before = store_.writes();
  const int reads_before = store_.reads();
  std::string message;
  run_for(6h, [&] {
    flip(true);
    if (last(1).state == State::Contested) message = last(1).message;
  });
  EXPECT_GE(store_.writes() - before, 5) << "it is still tried";
  EXPECT_LE(store_.writes() - before, 9);
  EXPECT_GE(store_.reads() - reads_before, 6 * 12) << "and looked at as often as ever";
  EXPECT_THAT(message, HasSubstr("359a48a3-351a-4618-bb32-f1628645694b"));
  EXPECT_THAT(message, HasSubstr("7e92882a-2f8a-4991-9bc4-d3147d40abb0"));
}

TEST_F(ContestedFleetTest, OneThatFlipsItBeforeItCanBeVerifiedIsNotFoughtEither) {
  // Writes are answered well, and the read that follows shows the old value.
  class Stubborn final : public PlanStore {
   public:
    explicit Stubborn(FakePlanStore& inner) : inner_(inner) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      return inner_.read(key, stop);
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      return inner_.await_turn(key, stop);
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                 std::stop_token stop) override {
      const Pricing before = inner_.get(key.subscription);
      auto answer = inner_.write(key, wanted, stop);
      inner_.put(key.subscription, before);
      return answer;
    }

   private:
    FakePlanStore& inner_;
  } stubborn(store_);
  make();
  reconciler_ = std::make_unique<Reconciler>(stubborn, clock_,
                                             Reconciler::Options{.safety = safety_->check()});
  controller_ = std::make_unique<Controller>(
      *reconciler_, clock_, WorkQueue::LaneGate{}, [] { return 0.5; },
      Controller::Listener{[this](const Outcome& outcome, const Attempt&) {
        last_[outcome.desired.id] = outcome;
        safety_->record(outcome);
      }},
      Controller::Options{.schedule = kSchedule});
  store_.put(subscription_id(1), standard_plan({{"AIPromptEvidence", true}}));
  use({declared(1, true, {evidence(false)})});
  run_for(6h);
  EXPECT_LE(store_.writes(), 3 + 9);
  EXPECT_EQ(last(1).reason, Reason::ChangeNotApplied) << "the value was never seen in force";
}

TEST_F(ContestedFleetTest, ALongIntervalDoesNotHideIt) {
  for (const bool own : {false, true}) {
    for (const Duration interval : {Duration(45min), Duration(3h), Duration(48h)}) {
      SafetyRules rules;
      rules.contested.jitter = 0.1;
      if (!own) rules.contested.interval = schedule_.interval = interval;
      make(rules);
      store_.put(subscription_id(1), standard_plan({{"AIPromptEvidence", true}}));
      DesiredSubscription desired = declared(1, true, {evidence(false)});
      if (own) desired.interval = interval;
      use({desired});
      run_for(3 * interval + 1s, [&] { flip(true); });
      int contested = 0;
      const int writes = store_.writes();
      run_for(10 * interval, [&] {
        flip(true);
        contested += last(1).state == State::Contested ? 1 : 0;
      });
      EXPECT_GE(contested, 5) << format_duration(interval);
      EXPECT_GE(store_.writes() - writes, 4) << "it is still tried";
      run_for(5 * interval);
      EXPECT_EQ(last(1).state, State::InSync);
      schedule_ = kSchedule;
    }
  }
}

TEST_F(ContestedFleetTest, ARestartDoesNotCorrectItAtOnce) {
  start(false);
  run_for(30min, [&] { flip(true); });
  ASSERT_EQ(last(1).state, State::Contested);
  const int writes = store_.writes();
  const std::string message = last(1).message;
  for (int restarts = 0; restarts < 3; ++restarts) {
    restart({declared(1, true, {evidence(false)})});
    while (controller_->step()) {
    }
    EXPECT_EQ(last(1).state, State::Contested);
    EXPECT_EQ(last(1).message, message) << "the next correction is when it was";
  }
  EXPECT_EQ(store_.writes(), writes);
  run_for(1h, [&] { flip(true); });
  EXPECT_GT(store_.writes(), writes) << "then it is tried";
}

TEST_F(ContestedFleetTest, ItEndsWhenTheFieldStaysPut) {
  start(false);
  run_for(2h, [&] { flip(true); });
  EXPECT_EQ(last(1).state, State::Contested);
  run_for(4h);  // the policy is gone
  EXPECT_EQ(last(1).state, State::InSync);
  const int before = store_.writes();
  flip(true);
  run_for(6min);
  EXPECT_EQ(store_.writes(), before + 1) << "corrected without delay, as any other drift";
  EXPECT_EQ(last(1).state, State::InSync);
}

TEST_F(ContestedFleetTest, DeclaringWhatThePolicyWantsEndsItAtOnce) {
  start(false);
  run_for(2h, [&] { flip(true); });
  ASSERT_EQ(last(1).state, State::Contested);
  flip(true);
  use({declared(1, true, {evidence(true)})});
  run_for(1min);
  EXPECT_EQ(last(1).state, State::InSync);
  flip(false);
  run_for(6min);
  EXPECT_EQ(last(1).state, State::InSync) << "the other direction was never fought over";
}

TEST_F(ContestedFleetTest, OtherFieldsAreCorrectedMeanwhile) {
  start(false);
  run_for(2h, [&] { flip(true); });
  ASSERT_EQ(last(1).state, State::Contested);
  flip(true);
  const int before = store_.writes();
  use({declared(1, true, {{"AIModelScanner", true}, evidence(false)})});
  run_for(1s);
  EXPECT_EQ(store_.writes(), before + 1);
  EXPECT_EQ(store_.get(subscription_id(1)).find("AIModelScanner")->enabled, true);
  EXPECT_EQ(store_.get(subscription_id(1)).find(kPromptEvidence)->enabled, true);
}

TEST_F(ContestedFleetTest, AContestedDisableDoesNotUseUpTheBrake) {
  make();
  std::vector<DesiredSubscription> all;
  for (unsigned n = 1; n <= 6; ++n) {
    store_.put(subscription_id(n), standard_plan({{"AIPromptEvidence", n <= 3}}));
    all.push_back(declared(n, true, {evidence(n > 3)}));
  }
  const auto flip_all = [&] {
    for (unsigned n = 1; n <= 3; ++n) {
      store_.put(subscription_id(n), standard_plan({{"AIPromptEvidence", true}}));
    }
  };
  use(all);
  run_for(2h, flip_all);
  ASSERT_EQ(in_state(State::Contested), 3U);
  all[5] = declared(6, false);
  use(all);
  run_for(1s, flip_all);
  EXPECT_FALSE(is_on(6));
}

TEST_F(ContestedFleetTest, TakingTheEntryOutAndBackInDoesNotEndIt) {
  start(false);
  run_for(1h, [&] { flip(true); });
  flip(true);
  run_for(6min);
  ASSERT_EQ(last(1).state, State::Contested);
  const auto away_for = [&](Duration time) {
    const int before = store_.writes();
    use({});
    run_for(time);
    use({declared(1, true, {evidence(false)})});
    run_for(1s);
    return store_.writes() - before;
  };
  EXPECT_EQ(away_for(1s), 0);
  EXPECT_EQ(last(1).state, State::Contested);
  safety_->fleet_is_complete();
  EXPECT_EQ(away_for(1s), 0);
  use({});
  run_for(25h);
  safety_->fleet_is_complete();
  EXPECT_TRUE(safety_->memory().contests.empty()) << "forgotten after a day";
  EXPECT_EQ(away_for(1s), 1);
}

}  // namespace
}  // namespace defenderd
