#include "reconcile/reconciler.h"

#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"

namespace defenderd {
namespace {

const std::vector<Extension> kServiceDefaults{
    {"AIPromptEvidence", true}, {"AIPromptSharingWithPurview", true}, {"AIModelScanner", false}};

// One that nobody could have named before.
const std::vector<Extension> kSurprisingDefaults{{"AIPromptEvidence", true}, {"AISurprise", true}};

class ReconcilerTest : public testing::Test {
 protected:
  Outcome reconcile(const DesiredSubscription& desired, const Before& before = {},
                    Reconciler::Options options = {}) {
    return Reconciler(store_, clock_, std::move(options)).reconcile(desired, before, {}, {});
  }

  const SubscriptionId id_ = subscription_id(1);
  FakeClock clock_;
  FakePlanStore store_;
};

TEST_F(ReconcilerTest, InSyncWritesNothing) {
  store_.put(id_, standard_plan({{"AIPromptEvidence", true}, {"AIModelScanner", true}}));
  const Outcome outcome = reconcile(declared(1, true, {evidence(true)}));
  EXPECT_EQ(outcome.result, ReconcileResult::InSync);
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_EQ(outcome.reason, Reason::AsDeclared);
  EXPECT_EQ(store_.reads(), 1);
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(ReconcilerTest, PlanOnlyTellsWhatWouldBeWrittenAndWritesNothing) {
  store_.put(id_, standard_plan({{"AIPromptEvidence", false}}));
  const Outcome outcome = reconcile(declared(1, true, {evidence(true)}), {}, {.plan_only = true});
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(outcome.changes[0].result, ChangeResult::Planned);
  EXPECT_EQ(outcome.state, State::Drifted);
  EXPECT_EQ(outcome.drift_left.size(), 1U);
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(ReconcilerTest, CorrectsOneExtensionAndEchoesTheOthers) {
  Pricing world = standard_plan(
      {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", true}, {"Brand-New", false}});
  world.extensions[1].extra_json = R"({"additionalExtensionProperties":{"x":1}})";
  world.sub_plan = "P2";
  world.enforce = "True";
  store_.put(id_, world);
  const Outcome outcome = reconcile(declared(1, true, {evidence(true)}));
  EXPECT_EQ(outcome.result, ReconcileResult::Corrected);
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_TRUE(outcome.drift_left.empty());
  world.extensions[0].enabled = true;
  EXPECT_EQ(store_.get(id_), world);
  EXPECT_EQ(store_.writes(), 1);
  EXPECT_EQ(store_.reads(), 2) << "a read verifies";
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_EQ(outcome.changes[0].result, ChangeResult::Applied);
  EXPECT_EQ(outcome.changes[0].trace.request_id, "write-1");
}

TEST_F(ReconcilerTest, OffIsFreeWithoutExtensions) {
  store_.put(id_, standard_plan({{"AIPromptEvidence", true}}));
  const Outcome outcome = reconcile(declared(1, false));
  EXPECT_EQ(outcome.state, State::InSync);
  ASSERT_EQ(store_.written(id_).size(), 1U);
  EXPECT_EQ(store_.written(id_)[0].tier, Tier::Free);
  EXPECT_TRUE(store_.written(id_)[0].extensions.empty());
}

TEST_F(ReconcilerTest, SwitchingOnNamesWhatStaysOff) {
  store_.set_defaults(kServiceDefaults);
  store_.put(id_, free_plan());
  const Outcome outcome = reconcile(declared(1, true, {evidence(false)}));
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_EQ(store_.get(id_).find(kPromptEvidence)->enabled, false);
  ASSERT_EQ(store_.written(id_).size(), 1U)
      << "named at once, so that evidence is never on in between";
  EXPECT_EQ(outcome.switched_on_by_service, std::vector<std::string>{"AIPromptSharingWithPurview"});
}

TEST_F(ReconcilerTest, ASecondWriteFollowsWhereTheServiceChoseOtherwise) {
  store_.set_defaults(kSurprisingDefaults);
  store_.put(id_, free_plan());
  DesiredSubscription desired = declared(1, true, {evidence(true)});
  desired.unnamed_extensions = UnnamedExtensions::Off;
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.state, State::InSync) << outcome.message;
  EXPECT_EQ(store_.get(id_).find("AISurprise")->enabled, false);
  EXPECT_EQ(store_.get(id_).find(kPromptEvidence)->enabled, true);
  EXPECT_EQ(store_.writes(), 2);
  EXPECT_EQ(store_.turns(), 2) << "each write has a turn of its own";
}

TEST_F(ReconcilerTest, ABusySecondWriteLeavesTheRestForTheNextTurn) {
  store_.set_defaults(kSurprisingDefaults);
  store_.put(id_, free_plan());
  DesiredSubscription desired = declared(1, true, {evidence(true)});
  desired.unnamed_extensions = UnnamedExtensions::Off;
  Failure busy = failure(Reason::UpdateInProgress, NextTry::Busy);
  store_.fail_next_write(id_, failure(Reason::ServerError, NextTry::Soon));
  EXPECT_EQ(reconcile(desired).state, State::Failing);
  EXPECT_EQ(store_.get(id_).tier, Tier::Free);

  const Outcome second = [&] {
    // The first PUT works, the second meets the lock that the first left behind.
    Reconciler::Options options;
    options.about_to_write = [&](const auto&, const auto&) {};
    FakePlanStore& store = store_;
    class BusySecond final : public PlanStore {
     public:
      BusySecond(FakePlanStore& inner, Failure busy) : inner_(inner), busy_(std::move(busy)) {}
      ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
        return inner_.read(key, stop);
      }
      ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
        return inner_.await_turn(key, stop);
      }
      ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                   std::stop_token stop) override {
        if (++writes_ == 2) return Unexpected(busy_);
        return inner_.write(key, wanted, stop);
      }

     private:
      FakePlanStore& inner_;
      Failure busy_;
      int writes_ = 0;
    } busy_second(store, busy);
    return Reconciler(busy_second, clock_, options).reconcile(desired, {}, {}, {});
  }();
  EXPECT_EQ(second.result, ReconcileResult::Retry);
  EXPECT_EQ(second.state, State::Drifted);
  EXPECT_EQ(second.reason, Reason::UpdateInProgress);
  EXPECT_EQ(second.changes[0].result, ChangeResult::Applied) << "the plan is on";

  EXPECT_EQ(reconcile(desired).state, State::InSync);
  EXPECT_EQ(store_.get(id_).find("AISurprise")->enabled, false);
}

TEST_F(ReconcilerTest, AFailedExtensionIsNotBelievedUntilArmHasTakenIt) {
  store_.put(id_, standard_plan({{"AIPromptEvidence", false}}));
  store_.fail_extension(id_, "AIPromptEvidence", "cannot assign roles to the identity");
  const DesiredSubscription desired = declared(1, true, {evidence(true)});
  const Outcome first = reconcile(desired);
  EXPECT_EQ(first.state, State::Failing);
  EXPECT_EQ(first.reason, Reason::ExtensionFailed);
  EXPECT_NE(first.message.find("cannot assign roles"), std::string::npos);
  EXPECT_NE(first.message.find("Owner"), std::string::npos) << "says what to do";
  ASSERT_TRUE(first.failure);
  EXPECT_EQ(first.failure->next, NextTry::Slow);
  ASSERT_EQ(store_.get(id_).find(kPromptEvidence)->enabled, true)
      << "ARM shows it as on all the same";

  const Before before = before_next(first);
  const Outcome second = reconcile(desired, before);
  EXPECT_EQ(second.reason, Reason::ExtensionFailed);
  ASSERT_EQ(second.changes.size(), 1U);
  EXPECT_EQ(second.changes[0].drift.observed, "unproven");

  store_.heal_extension(id_, "AIPromptEvidence");
  const Outcome third = reconcile(desired, before_next(second));
  EXPECT_EQ(third.state, State::InSync);
  EXPECT_TRUE(third.unproven.empty());
  EXPECT_EQ(reconcile(desired, before_next(third)).changes.size(), 0U);
}

TEST_F(ReconcilerTest, ObserveModeReportsAndNeverWrites) {
  store_.put(id_, free_plan());
  DesiredSubscription desired = declared(1, true, {evidence(true)});
  desired.mode = Mode::Observe;
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.result, ReconcileResult::Withheld);
  EXPECT_EQ(outcome.state, State::Drifted);
  EXPECT_EQ(outcome.reason, Reason::ObserveMode);
  EXPECT_EQ(outcome.drift_left.size(), 2U);
  desired.mode = Mode::Enforce;
  EXPECT_EQ(reconcile(desired, {}, {.permit = WritePermit::observing()}).reason,
            Reason::ObserveMode);
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(ReconcilerTest, ASuspendedSubscriptionInSyncStaysSuspended) {
  store_.put(id_, standard_plan());
  DesiredSubscription desired = declared(1, true);
  desired.suspend = Suspension{clock_.wall_now() + std::chrono::hours(1), "move", ""};
  EXPECT_EQ(reconcile(desired).state, State::Suspended);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(reconcile(desired).state, State::InSync);
}

TEST_F(ReconcilerTest, FailuresKeepTheirReason) {
  store_.put(id_, standard_plan());
  store_.fail_next_read(id_, failure(Reason::Forbidden, NextTry::Slow, "assign a role"));
  const Outcome outcome = reconcile(declared(1, true));
  EXPECT_EQ(outcome.result, ReconcileResult::Failed);
  EXPECT_EQ(outcome.state, State::Failing);
  EXPECT_EQ(outcome.reason, Reason::Forbidden);
  EXPECT_EQ(outcome.message, "assign a role");
  EXPECT_FALSE(outcome.observed);
}

TEST_F(ReconcilerTest, ANormalWaitSaysNothingAgainstTheSubscription) {
  store_.put(id_, standard_plan());
  store_.fail_next_read(id_, failure(Reason::Throttled, NextTry::ServerWait));
  const Outcome outcome =
      reconcile(declared(1, true), {State::InSync, Reason::AsDeclared, "as declared", {}});
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_EQ(outcome.state, State::InSync);
  EXPECT_EQ(outcome.message, "as declared");
}

TEST_F(ReconcilerTest, AWriteThatChangesNothingIsAFailure) {
  store_.put(id_, standard_plan({{"AIPromptEvidence", false}}));
  class Deaf final : public PlanStore {
   public:
    explicit Deaf(FakePlanStore& inner) : inner_(inner) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      return inner_.read(key, stop);
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      return inner_.await_turn(key, stop);
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite&, std::stop_token) override {
      return PlanWritten{inner_.get(key.subscription)};
    }

   private:
    FakePlanStore& inner_;
  } deaf(store_);
  const Outcome outcome =
      Reconciler(deaf, clock_, {}).reconcile(declared(1, true, {evidence(true)}), {}, {}, {});
  EXPECT_EQ(outcome.state, State::Failing);
  EXPECT_EQ(outcome.reason, Reason::ChangeNotApplied);
  EXPECT_EQ(outcome.changes[0].result, ChangeResult::Failed);
}

TEST_F(ReconcilerTest, AWriteThatCannotBeVerifiedIsLookedAtAgain) {
  store_.put(id_, free_plan());
  Reconciler::Options options;
  options.about_to_write = [&](const auto&, const auto& changes) {
    EXPECT_EQ(changes.size(), 1U);
    store_.fail_next_read(id_, failure(Reason::ServerError, NextTry::Soon, "500"));
  };
  const Outcome outcome = reconcile(declared(1, true), {}, options);
  EXPECT_EQ(outcome.state, State::Failing);
  EXPECT_EQ(outcome.message, "written, but not yet verified: 500");
  EXPECT_EQ(outcome.changes[0].result, ChangeResult::Applied);
  EXPECT_EQ(store_.get(id_).tier, Tier::Standard);
}

TEST_F(ReconcilerTest, NoWriteStartsAfterAStopWasRequested) {
  store_.put(id_, free_plan());
  std::stop_source stop;
  stop.request_stop();
  const Outcome outcome =
      Reconciler(store_, clock_, {}).reconcile(declared(1, true), {}, stop.get_token(), {});
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_TRUE(outcome.changes.empty());
}

}  // namespace
}  // namespace defenderd
