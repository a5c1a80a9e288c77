// Changes that ARM accepts and does not show: reads that lag, values that the service ignores.

#include <gmock/gmock.h>

#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Deaf = FakePlanStore::Deaf;

class UnconfirmedTest : public Fleet {
 protected:
  void use_one(DesiredSubscription desired, Pricing world) {
    make();
    store_.put(id_, std::move(world));
    use({std::move(desired)});
  }
  Controller::Listener listener() override {
    Controller::Listener listener = Fleet::listener();
    listener.reconciled = [this](const Outcome& outcome, const Attempt&) {
      take(outcome);
      states_.insert(outcome.state);
      for (const Change& change : outcome.changes) {
        if (change.result == ChangeResult::Applied) applied_.push_back(change.drift);
      }
    };
    return listener;
  }

  const SubscriptionId id_ = subscription_id(1);
  std::set<State> states_;
  std::vector<Drift> applied_;
};

struct Wish {
  const char* name;
  DesiredSubscription desired;
  Pricing before;
};

std::vector<Wish> wishes() {
  return {
      {"evidence on", declared(1, true, {evidence(true)}),
       standard_plan({{"AIPromptEvidence", false}})},
      {"evidence off", declared(1, true, {evidence(false)}),
       standard_plan({{"AIPromptEvidence", true}})},
      {"plan on", declared(1, true, {evidence(true)}), free_plan()},
      {"plan off", declared(1, false), standard_plan({{"AIPromptEvidence", true}})},
  };
}

TEST_F(UnconfirmedTest, ReadsThatLagCostNoSecondWrite) {
  for (const Wish& wish : wishes()) {
    for (const int stale : {1, 2, 4}) {
      SCOPED_TRACE(std::string(wish.name) + ", stale reads: " + std::to_string(stale));
      store_.lag_reads(id_, stale);
      states_.clear();
      applied_.clear();
      const int writes = store_.writes();
      use_one(wish.desired, wish.before);
      run_for(1h);
      EXPECT_EQ(store_.writes() - writes, 1);
      EXPECT_EQ(last(1).state, State::InSync) << last(1).message;
      EXPECT_EQ(states_, (std::set{State::Failing, State::InSync}));
      EXPECT_EQ(applied_.size(), diff(wish.desired, wish.before).size()) << "recorded once each";
    }
  }
}

TEST_F(UnconfirmedTest, AValueThatIsIgnoredKeepsItsName) {
  for (const Wish& wish : wishes()) {
    for (const Deaf deaf : {Deaf::AnswersAsAsked, Deaf::AnswersAsIs}) {
      SCOPED_TRACE(std::string(wish.name) + (deaf == Deaf::AnswersAsAsked ? ", as asked" : ""));
      store_.ignore_writes(id_, deaf);
      states_.clear();
      applied_.clear();
      const int writes = store_.writes();
      use_one(wish.desired, wish.before);
      run_for(1min);
      EXPECT_EQ(store_.writes() - writes, 1) << "it is read again before it is written again";
      run_for(6h);
      EXPECT_EQ(states_, (std::set{State::Failing}));
      EXPECT_EQ(last(1).reason, Reason::ChangeNotApplied);
      EXPECT_LE(store_.writes() - writes, 12);
      EXPECT_GE(store_.writes() - writes, 6) << "it is still tried";
      EXPECT_TRUE(applied_.empty());
      store_.ignore_writes(id_, Deaf::No);
      run_for(2h);
      EXPECT_EQ(last(1).state, State::InSync);
    }
  }
}

TEST_F(UnconfirmedTest, TheMessageSaysWhatIsKnown) {
  const Wish wish = wishes()[0];
  store_.ignore_writes(id_, Deaf::AnswersAsAsked);
  use_one(wish.desired, wish.before);
  run_for(0s);
  EXPECT_THAT(last(1).message, HasSubstr("a read right after it shows the old value"));
  run_for(10s);
  EXPECT_THAT(last(1).message, HasSubstr("ARM accepted the change at "));
  EXPECT_THAT(last(1).message, HasSubstr("still shows off"));
  EXPECT_EQ(last(1).reason, Reason::ChangeNotApplied);
}

// By its answer the write worked, and no read confirms it.
TEST_F(UnconfirmedTest, AWriteThatIsNeverVerifiedIsNotContested) {
  const Wish wish = wishes()[0];
  store_.ignore_writes(id_, Deaf::AnswersAsAsked);
  store_.on_write(
      [this] { store_.fail_next_read(id_, failure(Reason::Throttled, NextTry::ServerWait)); });
  use_one(wish.desired, wish.before);
  run_for(3h);
  EXPECT_FALSE(states_.contains(State::Contested));
  EXPECT_EQ(last(1).reason, Reason::ChangeNotApplied);
}

TEST_F(UnconfirmedTest, OneThatIsConfirmedLateAndTakenBackIsContested) {
  const Wish wish = wishes()[1];
  store_.lag_reads(id_, 2);
  use_one(wish.desired, wish.before);
  run_for(2h, [&] {
    if (last(1).state == State::InSync) store_.put(id_, wish.before);
  });
  EXPECT_TRUE(states_.contains(State::Contested));
}

TEST_F(UnconfirmedTest, AnotherWriteNeverBringsTheOldValueBack) {
  store_.lag_reads(id_, 4);
  use_one(declared(1, true, {evidence(true)}),
          standard_plan({{"AIPromptEvidence", false}, {"AIModelScanner", false}}));
  run_for(1s);
  use({declared(1, true, {evidence(true), {"AIModelScanner", true}})});
  run_for(10min);
  EXPECT_EQ(last(1).state, State::InSync);
  ASSERT_EQ(store_.written(id_).size(), 2U);
  EXPECT_EQ(store_.written(id_)[1].find("AIPromptEvidence")->enabled, true);
}

TEST_F(UnconfirmedTest, AnEditThatTakesTheWishBackEndsThePause) {
  const Wish wish = wishes()[0];
  store_.ignore_writes(id_, Deaf::AnswersAsAsked);
  use_one(wish.desired, wish.before);
  run_for(1s);
  use({declared(1, true, {evidence(false)})});
  run_for(1s);
  EXPECT_EQ(last(1).state, State::InSync);
  EXPECT_TRUE(applied_.empty()) << "nothing was corrected";
}

TEST_F(UnconfirmedTest, ASuspensionIsASuspensionAllTheSame) {
  const Wish wish = wishes()[0];
  store_.ignore_writes(id_, Deaf::AnswersAsAsked);
  use_one(wish.desired, wish.before);
  run_for(1s);
  DesiredSubscription suspended = wish.desired;
  suspended.suspend = Suspension{clock_.wall_now() + 1h, "move", ""};
  use({suspended});
  run_for(1s);
  EXPECT_EQ(last(1).state, State::Suspended);
}

}  // namespace
}  // namespace defenderd
