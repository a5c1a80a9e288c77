// What answers say beyond the values: extensions that failed, and changes that a write undid.

#include <gmock/gmock.h>

#include "reconcile/reconciler.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kEvidence(kPromptEvidence);
const std::string kScanner(kModelScanner);
const std::string kPurview(kPurviewSharing);

class AnswersTest : public testing::Test {
 protected:
  Outcome reconcile(const DesiredSubscription& desired, const Before& before = {},
                    Reconciler::Options options = {}) {
    return Reconciler(store_, clock_, std::move(options)).reconcile(desired, before, {}, {});
  }
  Outcome reconcile_after(const Outcome& outcome) {
    return reconcile(outcome.desired, before_next(outcome));
  }

  const SubscriptionId id_ = subscription_id(1);
  FakeClock clock_;
  FakePlanStore store_;
};

TEST_F(AnswersTest, AFailureThatAReadShowsIsAFailure) {
  store_.put(id_, standard_plan({{kEvidence, true}, {kScanner, false}}));
  store_.show_status(id_, "aipromptevidence", "the first-party app is missing");
  const DesiredSubscription desired = declared(1, true, {evidence(true), {kScanner, true}});
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.state, State::Failing);
  EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
  EXPECT_THAT(outcome.message, HasSubstr("the first-party app is missing"));
  EXPECT_EQ(store_.get(id_).find(kScanner)->enabled, true) << "the rest is written";
  EXPECT_EQ(outcome.unproven.size(), 1U);

  store_.show_status(id_, kEvidence, std::nullopt);
  store_.show_status(id_, "aipromptevidence", std::nullopt);
  const int writes = store_.writes();
  const Outcome next = reconcile_after(outcome);
  EXPECT_EQ(next.state, State::InSync) << "Succeeded ends it";
  EXPECT_THAT(next.unproven, IsEmpty());
  EXPECT_EQ(store_.writes(), writes);
}

TEST_F(AnswersTest, OnlyFailuresOfWhatIsDeclaredOnCount) {
  struct Case {
    const char* name;
    DesiredSubscription desired;
    Pricing world;
    bool fails;
  };
  DesiredSubscription strict = declared(1, true, {evidence(true)});
  strict.unnamed_extensions = UnnamedExtensions::Off;
  const std::vector<Case> cases{
      {"declared on", declared(1, true, {{kScanner, true}}), standard_plan({{kScanner, true}}),
       true},
      {"declared off and off", declared(1, true, {{kScanner, false}}),
       standard_plan({{kScanner, false}}), false},
      {"declared off and not shown", declared(1, true, {{kScanner, false}}), standard_plan(),
       false},
      {"not declared", declared(1, true), standard_plan({{kScanner, true}}), false},
      {"not declared, and off as it must be", strict,
       standard_plan({{kEvidence, true}, {kScanner, false}}), false},
      {"the plan is declared off", declared(1, false), free_plan(), false},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    store_.put(id_, each.world);
    store_.show_status(id_, kScanner, "cannot assign roles");
    const int writes = store_.writes();
    const Outcome outcome = reconcile(each.desired);
    EXPECT_EQ(outcome.state, each.fails ? State::Failing : State::InSync) << outcome.message;
    if (each.fails) {
      EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
    } else {
      EXPECT_THAT(outcome.unproven, IsEmpty());
      EXPECT_EQ(store_.writes(), writes);
    }
  }
}

TEST_F(AnswersTest, AFailureCountsInTheVerifyingReadToo) {
  store_.put(id_, standard_plan({{kEvidence, false}, {kScanner, true}}));
  const DesiredSubscription desired = declared(1, true, {evidence(true), {kScanner, true}});
  for (const std::string& failing : {kEvidence, kScanner}) {
    SCOPED_TRACE(failing);
    store_.put(id_, standard_plan({{kEvidence, false}, {kScanner, true}}));
    store_.on_write([&] { store_.show_status(id_, failing, "no quota"); });
    const Outcome outcome = reconcile(desired);
    EXPECT_EQ(outcome.state, State::Failing);
    EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
    EXPECT_THAT(outcome.message, HasSubstr("no quota"));
    ASSERT_TRUE(outcome.failure);
    EXPECT_EQ(outcome.failure->next, NextTry::Slow);
    store_.show_status(id_, failing, std::nullopt);
  }
}

TEST_F(AnswersTest, DisablingThatFailsIsAFailure) {
  store_.put(id_, standard_plan({{kEvidence, true}}));
  store_.ignore_writes(id_, FakePlanStore::Deaf::AnswersAsIs);
  store_.show_status(id_, kEvidence, "cannot remove the role");
  const Outcome outcome = reconcile(declared(1, true, {evidence(false)}));
  EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
  EXPECT_THAT(outcome.message, HasSubstr("cannot remove the role"));
  EXPECT_EQ(store_.writes(), 1);
}

TEST_F(AnswersTest, ObserveModeAndAPlanSayWhatFailed) {
  store_.put(id_, standard_plan({{kEvidence, true}}));
  store_.show_status(id_, kEvidence, "no quota");
  DesiredSubscription desired = declared(1, true, {evidence(true)});
  desired.mode = Mode::Observe;
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.state, State::Drifted);
  EXPECT_THAT(outcome.message, HasSubstr("no quota"));
  desired.mode = Mode::Enforce;
  const Outcome plan = reconcile(desired, {}, {.plan_only = true});
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].result, ChangeResult::Planned);
  EXPECT_EQ(plan.changes[0].reason, Reason::ExtensionFailed);
  EXPECT_THAT(plan.changes[0].message, HasSubstr("no quota"));
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(AnswersTest, APlanThatWasSwitchedOffInBetweenIsRecorded) {
  const Pricing drifted = standard_plan({{kEvidence, false}, {kPurview, true}});
  store_.put(id_, drifted);
  store_.on_write([this] { store_.put(id_, free_plan()); });
  const Outcome outcome = reconcile(declared(1, true, {evidence(true)}));
  EXPECT_EQ(outcome.state, State::InSync);
  ASSERT_EQ(outcome.changes.size(), 2U);
  const Change& undone = outcome.changes[1];
  EXPECT_TRUE(undone.drift.field.is_plan());
  EXPECT_EQ(undone.drift.observed, "off");
  EXPECT_EQ(undone.result, ChangeResult::Applied);
  EXPECT_EQ(undone.trace.request_id, "write-1");
  EXPECT_THAT(undone.message, HasSubstr("somebody else switched it off after it was read"));
}

TEST_F(AnswersTest, AnExtensionThatWasSwitchedOnInBetweenIsRecorded) {
  const Pricing drifted = standard_plan({{kEvidence, false}, {kPurview, false}});
  store_.put(id_, drifted);
  store_.on_write([&] {
    Pricing other = drifted;
    other.find(kPurview)->enabled = true;
    store_.put(id_, other);
  });
  const Outcome outcome = reconcile(declared(1, true, {evidence(true)}));
  ASSERT_EQ(outcome.changes.size(), 2U);
  EXPECT_EQ(outcome.changes[1].drift,
            (Drift{Field::extension(kDeclaredPlan, kPurview), false, "on"}));
  EXPECT_THAT(outcome.changes[1].message, HasSubstr("somebody else switched it on"));
}

TEST_F(AnswersTest, AnUndisturbedWriteRecordsOnlyItsOwnChanges) {
  const std::vector<std::pair<DesiredSubscription, Pricing>> cases{
      {declared(1, true, {evidence(true)}), standard_plan({{kEvidence, false}, {kPurview, false}})},
      {declared(1, true, {evidence(false)}), standard_plan({{kEvidence, true}, {kPurview, true}})},
      {declared(1, true, {evidence(true)}), free_plan()},
      {declared(1, false), standard_plan({{kEvidence, true}})},
  };
  for (const auto& [desired, world] : cases) {
    store_.put(id_, world);
    const Outcome outcome = reconcile(desired);
    EXPECT_EQ(outcome.state, State::InSync);
    EXPECT_EQ(outcome.changes.size(), diff(desired, world).size());
    for (const Change& change : outcome.changes)
      EXPECT_THAT(change.message, Not(HasSubstr("somebody else")));
  }
}

}  // namespace
}  // namespace defenderd
