// What a write is based on: observed after its turn came, complete, and about what was asked.

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "reconcile/freezes.h"
#include "reconcile/reconciler.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const std::string kPurview(kPurviewSharing);
const std::string kScanner(kModelScanner);

class WriteTurnTest : public testing::Test {
 protected:
  Outcome reconcile(const DesiredSubscription& desired, Reconciler::Options options = {}) {
    return Reconciler(store_, clock_, std::move(options)).reconcile(desired, {}, {}, {});
  }
  // While the first turn is waited for, so much time passes and somebody does this.
  void meanwhile(Duration wait, std::function<void()> happens) {
    store_.on_turn([this, wait, happens = std::move(happens)] {
      if (store_.turns() > 1) return;
      clock_.advance(wait);
      happens();
    });
  }
  void switch_on(const std::string& extension) {
    Pricing pricing = store_.get(id_);
    pricing.find(extension)->enabled = true;
    store_.put(id_, pricing);
  }

  const SubscriptionId id_ = subscription_id(1);
  const Pricing drifted_ = standard_plan({{"AIPromptEvidence", false}, {kPurview, false}});
  const DesiredSubscription wanted_ = declared(1, true, {evidence(true)});
  FakeClock clock_;
  FakePlanStore store_;
};

TEST_F(WriteTurnTest, ATurnThatComesAtOnceCostsNothing) {
  store_.put(id_, drifted_);
  meanwhile(1s, [] {});
  EXPECT_EQ(reconcile(wanted_).state, State::InSync);
  EXPECT_EQ(store_.reads(), 2) << "one observes, one verifies";
  EXPECT_EQ(store_.writes(), 1);
  EXPECT_EQ(store_.turns(), 1);
}

TEST_F(WriteTurnTest, ALateTurnTakesBackNobodysChange) {
  store_.put(id_, drifted_);
  meanwhile(3s, [this] { switch_on(kPurview); });
  const Outcome outcome = reconcile(wanted_);
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_EQ(store_.get(id_).find(kPurview)->enabled, true) << "somebody else has switched it on";
  EXPECT_EQ(store_.get(id_).find(kPromptEvidence)->enabled, true);
  EXPECT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(store_.reads(), 3);
  EXPECT_EQ(store_.writes(), 1);
}

TEST_F(WriteTurnTest, WhatWasCorrectedMeanwhileIsNotWritten) {
  store_.put(id_, drifted_);
  meanwhile(3s, [this] { switch_on("AIPromptEvidence"); });
  const Outcome outcome = reconcile(wanted_);
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_TRUE(outcome.changes.empty());
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(WriteTurnTest, WhatIsObservedAgainIsDecidedUponAgain) {
  store_.put(id_, drifted_);
  Pricing unknown = drifted_;
  unknown.tier = Tier::Other;
  unknown.tier_text = "Premium";
  meanwhile(3s, [&] { store_.put(id_, unknown); });
  EXPECT_EQ(reconcile(wanted_).reason, Reason::UnknownTier);
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(WriteTurnTest, ASecondLookThatFailsLeavesNothingPlannedOrFailed) {
  store_.put(id_, drifted_);
  meanwhile(
      3s, [this] { store_.fail_next_read(id_, failure(Reason::Throttled, NextTry::ServerWait)); });
  const Outcome outcome = reconcile(wanted_);
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_EQ(outcome.state, State::Drifted);
  EXPECT_TRUE(outcome.changes.empty());
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(WriteTurnTest, TheSecondWriteIsBasedOnWhatIsThereThen) {
  store_.set_defaults({{"AIPromptEvidence", true}, {"AISurprise", true}, {kScanner, false}});
  store_.put(id_, free_plan());
  DesiredSubscription desired = declared(1, true, {evidence(false)});
  desired.unnamed_extensions = UnnamedExtensions::Off;
  store_.on_turn([this] {
    if (store_.turns() != 2) return;
    clock_.advance(3s);
    Pricing pricing = store_.get(id_);
    pricing.enforce = "True";
    store_.put(id_, pricing);
  });
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.state, State::InSync) << outcome.message;
  EXPECT_EQ(store_.get(id_).enforce, "True") << "somebody else has set it";
  EXPECT_EQ(store_.writes(), 2);
}

TEST_F(WriteTurnTest, APlanSwitchedOffBeforeTheSecondWriteIsNotSwitchedOn) {
  store_.set_defaults({{"AISurprise", true}});
  store_.put(id_, free_plan());
  DesiredSubscription desired = declared(1, true, {evidence(false)});
  desired.unnamed_extensions = UnnamedExtensions::Off;
  store_.on_turn([this] {
    if (store_.turns() != 2) return;
    clock_.advance(3s);
    store_.put(id_, free_plan());
  });
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.result, ReconcileResult::Retry) << "it is judged anew, with its brakes";
  EXPECT_EQ(outcome.reason, Reason::UpdateInProgress);
  EXPECT_EQ(store_.writes(), 1);
}

TEST_F(WriteTurnTest, AStopWhileWaitingLeavesNothingBegun) {
  store_.put(id_, drifted_);
  std::stop_source stop;
  store_.on_turn([&] { stop.request_stop(); });
  const Outcome outcome =
      Reconciler(store_, clock_, {}).reconcile(wanted_, {}, stop.get_token(), {});
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_TRUE(outcome.changes.empty());
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(WriteTurnTest, AJournalThatTakesItsTimeTakesBackNobodysChange) {
  store_.put(id_, drifted_);
  Reconciler::Options options;
  options.about_to_write = [this](const auto&, const auto&) {
    if (clock_.steady_now() > SteadyTime(1h)) return;
    clock_.advance(3s);
    switch_on(kPurview);
  };
  const Outcome outcome = reconcile(wanted_, options);
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_EQ(outcome.reason, Reason::UpdateInProgress);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(reconcile(wanted_, options).state, State::InSync);
  EXPECT_EQ(store_.get(id_).find(kPurview)->enabled, true);
}

// The answer to the first read is as old as its request.
class SlowFirstAnswer final : public PlanStore {
 public:
  SlowFirstAnswer(PlanStore& store, FakeClock& clock, std::function<void()> meanwhile)
      : store_(store), clock_(clock), meanwhile_(std::move(meanwhile)) {}
  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
    const SteadyTime asked = clock_.steady_now();
    auto answer = store_.read(key, std::move(stop));
    if (meanwhile_) {
      clock_.advance(6s);
      std::exchange(meanwhile_, nullptr)();
    }
    if (answer) answer->asked_at = asked;
    return answer;
  }
  ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
    return store_.await_turn(key, std::move(stop));
  }
  ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                               std::stop_token stop) override {
    return store_.write(key, wanted, std::move(stop));
  }

 private:
  PlanStore& store_;
  FakeClock& clock_;
  std::function<void()> meanwhile_;
};

TEST_F(WriteTurnTest, AnAnswerThatTookLongTakesBackNobodysChange) {
  store_.put(id_, drifted_);
  SlowFirstAnswer slow(store_, clock_, [this] { switch_on(kPurview); });
  const Outcome outcome = Reconciler(slow, clock_, {}).reconcile(wanted_, {}, {}, {});
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_EQ(store_.get(id_).find(kPurview)->enabled, true) << "somebody else has switched it on";
}

TEST_F(WriteTurnTest, NothingIsWrittenForADeclarationThatIsNoLongerInForce) {
  store_.put(id_, drifted_);
  bool is_in_force = true;
  Reconciler::Options options;
  options.is_in_force = [&](const DesiredSubscription&) { return is_in_force; };
  // While the state is saved.
  options.about_to_write = [&](const auto&, const auto&) { is_in_force = false; };
  const Outcome outcome = reconcile(wanted_, options);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(outcome.result, ReconcileResult::Withheld);
  EXPECT_EQ(outcome.reason, Reason::FleetNotObserved);
  EXPECT_EQ(outcome.message,
            "the declaration changed while this subscription was reconciled; it is reconciled "
            "again");
}

TEST_F(WriteTurnTest, NothingMoreIsWrittenOnceItIsNoLongerInForce) {
  store_.put(id_, drifted_);
  store_.refuse_extension(id_, std::string(kPromptEvidence), "AIPromptEvidence is refused");
  bool is_in_force = true;
  Reconciler::Options options;
  options.is_in_force = [&](const DesiredSubscription&) { return is_in_force; };
  store_.on_write([&] { is_in_force = false; });
  const auto wanted = declared(1, true, {evidence(true), {kPurview, true}});
  const Outcome outcome = reconcile(wanted, options);
  EXPECT_EQ(store_.get(id_), drifted_);
  EXPECT_TRUE(store_.written(id_).empty());
  EXPECT_EQ(outcome.drift_left.size(), 2U);
}

TEST_F(WriteTurnTest, WhatIsCarriedAlongIsCarriedAsItIsThen) {
  store_.put(id_, drifted_);
  Reconciler::Options options;
  options.about_to_write = [this](const auto&, const auto&) {
    clock_.advance(3s);
    Pricing pricing = store_.get(id_);
    pricing.extra_json = R"({"new":1})";
    store_.put(id_, pricing);
  };
  EXPECT_EQ(reconcile(wanted_, options).state, State::InSync);
  EXPECT_EQ(store_.get(id_).extra_json, R"({"new":1})");
}

TEST_F(WriteTurnTest, ARefusedTokenCostsAnotherTurn) {
  store_.put(id_, drifted_);
  Failure refused = failure(Reason::Unauthorized, NextTry::Soon);
  refused.http_status = 401;
  store_.fail_next_write(id_, refused);
  store_.on_turn([this] {
    if (store_.turns() != 2) return;
    clock_.advance(5s);  // until there is a new token
    switch_on(kPurview);
  });
  EXPECT_EQ(reconcile(wanted_).state, State::InSync);
  EXPECT_EQ(store_.get(id_).find(kPurview)->enabled, true);
  EXPECT_EQ(store_.turns(), 2);

  store_.put(id_, drifted_);
  store_.fail_next_write(id_, refused);
  store_.fail_next_write(id_, refused);
  EXPECT_EQ(reconcile(wanted_).reason, Reason::Unauthorized) << "once is enough";
}

TEST_F(WriteTurnTest, AnAnswerToAWriteThatIsOfSomethingElseIsVerified) {
  // ARM carries it out and the answer is another's, as a confused proxy gives it.
  class Confused final : public PlanStore {
   public:
    explicit Confused(FakePlanStore& inner) : inner_(inner) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      return inner_.read(key, stop);
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      return inner_.await_turn(key, stop);
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                 std::stop_token stop) override {
      if (carries_out) {
        EXPECT_TRUE(inner_.write(key, wanted, stop));
      }
      Failure failure;
      failure.reason = Reason::MalformedAnswer;
      failure.message = "the answer is about another subscription";
      failure.http_status = 200;
      failure.maybe_applied = true;
      return Unexpected(failure);
    }
    bool carries_out = true;

   private:
    FakePlanStore& inner_;
  } confused(store_);
  store_.put(id_, drifted_);
  const Outcome done = Reconciler(confused, clock_, {}).reconcile(wanted_, {}, {}, {});
  EXPECT_EQ(done.state, State::InSync) << done.message;
  EXPECT_EQ(done.changes.at(0).result, ChangeResult::Applied);

  store_.put(id_, drifted_);
  confused.carries_out = false;
  const Outcome undone = Reconciler(confused, clock_, {}).reconcile(wanted_, {}, {}, {});
  EXPECT_EQ(undone.reason, Reason::MalformedAnswer);
  EXPECT_EQ(undone.changes.at(0).result, ChangeResult::Failed);
}

// The gate is asked again before each PUT: the plan was read again, and can no longer be written.
TEST_F(WriteTurnTest, APutIsWithheldByWhatTheGateSaysRightBefore) {
  store_.put(id_, drifted_);
  Failure refused = failure(Reason::Unauthorized, NextTry::Soon);
  refused.http_status = 401;
  store_.fail_next_write(id_, refused);
  store_.on_turn([this] {
    if (store_.turns() != 2) return;
    clock_.advance(2s);
    Pricing pricing = store_.get(id_);
    pricing.is_cut = true;
    store_.put(id_, pricing);
  });
  std::vector<Change> registered;
  const Outcome outcome = reconcile(
      wanted_,
      {.about_to_write = [&](const DesiredSubscription&, const std::vector<Change>& changes) {
        registered = changes;
      }});
  EXPECT_EQ(store_.writes(), 1) << "the one that was refused";
  EXPECT_EQ(registered.size(), 1U);
  EXPECT_FALSE(outcome.failure);
  EXPECT_EQ(outcome.result, ReconcileResult::Withheld);
  EXPECT_EQ(outcome.state, State::Drifted);
  EXPECT_EQ(outcome.reason, Reason::AnswerTooLarge);
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(outcome.changes[0].result, ChangeResult::Withheld);
  EXPECT_EQ(outcome.drift_left.size(), 1U);
}

TEST_F(WriteTurnTest, SwitchingOnWithNothingElseOnNamesEveryKnownExtensionAtOnce) {
  store_.set_defaults({{"AIPromptEvidence", true}, {kPurview, true}, {kScanner, true}});
  store_.put(id_, free_plan());
  DesiredSubscription desired = declared(1, true, {evidence(true)});
  desired.unnamed_extensions = UnnamedExtensions::Off;
  EXPECT_EQ(reconcile(desired).state, State::InSync);
  ASSERT_EQ(store_.written(id_).size(), 1U) << "sharing is never on in between";
  EXPECT_EQ(store_.written(id_)[0].find(kPurview)->enabled, false);
  EXPECT_EQ(store_.written(id_)[0].find(kScanner)->enabled, false);
}

TEST_F(WriteTurnTest, WhatAnySubscriptionHasShownIsNamedToo) {
  store_.set_defaults({{"AISurprise", true}});
  store_.put(id_, free_plan());
  store_.put(subscription_id(2), standard_plan({{"AISurprise", false}}));
  const Reconciler reconciler(store_, clock_, {});
  EXPECT_EQ(reconciler.reconcile(declared(2, true), {}, {}, {}).state, State::InSync);
  DesiredSubscription desired = declared(1, true);
  desired.unnamed_extensions = UnnamedExtensions::Off;
  EXPECT_EQ(reconciler.reconcile(desired, {}, {}, {}).state, State::InSync);
  ASSERT_EQ(store_.written(id_).size(), 1U);
  EXPECT_EQ(store_.written(id_)[0].find("AISurprise")->enabled, false);
}

// A store may register a provider to read the plan, which is a write.
TEST_F(WriteTurnTest, WhatReadingNeedsIsSetUpWhereThePlanMayBeWrittenAsDeclared) {
  class Asking final : public PlanStore {
   public:
    explicit Asking(FakePlanStore& inner) : inner_(inner) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      allowed = key.may_write();
      return inner_.read(key, std::move(stop));
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      return inner_.await_turn(key, std::move(stop));
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                 std::stop_token stop) override {
      return inner_.write(key, wanted, std::move(stop));
    }
    bool allowed = false;

   private:
    FakePlanStore& inner_;
  };
  const Freeze all{.reason = "incident"};
  const Freeze but_on{.reason = "incident", .except_enable = true};
  struct Case {
    std::vector<Freeze> freezes;
    bool plan;
    bool allowed;
  };
  for (const Case& item :
       {Case{{}, true, true}, Case{{}, false, true}, Case{{all}, true, false},
        Case{{all}, false, false}, Case{{but_on}, true, true}, Case{{but_on}, false, false}}) {
    Freezes freezes(clock_);
    freezes.set_declared(item.freezes);
    Asking store(store_);
    const Reconciler reconciler(store, clock_, {.permit = WritePermit().unless_frozen(freezes)});
    static_cast<void>(reconciler.reconcile(declared(1, item.plan), {}, {}, {}));
    EXPECT_EQ(store.allowed, item.allowed) << item.freezes.size() << " freezes, plan " << item.plan;
  }
}

}  // namespace
}  // namespace defenderd
