// What ARM refuses of a write, and what is written all the same.

#include <gtest/gtest.h>

#include <stdexcept>

#include "reconcile/reconciler.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"

namespace defenderd {
namespace {

const std::string kEvidence(kPromptEvidence);
const std::string kPurview(kPurviewSharing);
const std::string kScanner(kModelScanner);

class RefusedWritesTest : public testing::Test {
 protected:
  Outcome reconcile(const DesiredSubscription& desired) {
    return Reconciler(store_, clock_, {}).reconcile(desired, {}, {}, {});
  }
  // "plan=applied promptEvidence=failed ..."
  static std::string results(const Outcome& outcome) {
    std::string text;
    for (const Change& change : outcome.changes)
      text += (text.empty() ? "" : " ") + change.drift.field.text() + "=" +
              std::string(to_text(change.result));
    return text;
  }
  // "AIPromptEvidence=on ...", in order.
  [[nodiscard]] std::string now() const {
    const Pricing pricing = store_.get(id_);
    std::string text = pricing.tier_text;
    for (const Extension& extension : pricing.extensions)
      text += " " + extension.name + (extension.enabled == true ? "=on" : "=off");
    return text;
  }
  static const Change& change_of(const Outcome& outcome, const std::string& field) {
    for (const Change& change : outcome.changes)
      if (change.drift.field.text() == field) return change;
    throw std::out_of_range(field);
  }
  void refuse(const std::string& extension, const std::string& message) {
    store_.refuse_extension(id_, extension, message);
  }

  const SubscriptionId id_ = subscription_id(1);
  const Pricing all_off_ =
      standard_plan({{kScanner, false}, {kEvidence, false}, {kPurview, false}});
  const DesiredSubscription all_on_ =
      declared(1, true, {{kScanner, true}, {kEvidence, true}, {kPurview, true}});
  FakeClock clock_;
  FakePlanStore store_;
};

TEST_F(RefusedWritesTest, OneRefusedExtensionHoldsUpNoOther) {
  store_.put(id_, all_off_);
  refuse(kScanner, "The extension 'AIModelScanner' is not supported here.");
  const Outcome outcome = reconcile(all_on_);
  EXPECT_EQ(now(),
            "Standard AIModelScanner=off AIPromptEvidence=on "
            "AIPromptSharingWithPurview=on");
  EXPECT_EQ(results(outcome), "modelScanner=failed promptEvidence=applied purviewSharing=applied");
  EXPECT_EQ(outcome.state, State::Failing);
  EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
  for (const char* part : {"modelScanner", "AIModelScanner", "declare modelScanner: off", "400",
                           "is not supported here"})
    EXPECT_NE(outcome.message.find(part), std::string::npos) << part << ": " << outcome.message;
  EXPECT_EQ(outcome.message.find("bug"), std::string::npos);
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->next, NextTry::Slow);
  ASSERT_EQ(outcome.drift_left.size(), 1U);
  EXPECT_EQ(store_.writes(), 2);
  EXPECT_EQ(store_.turns(), 2);
}

TEST_F(RefusedWritesTest, SeveralRefusedExtensionsHoldUpNoOther) {
  store_.put(id_, all_off_);
  refuse(kScanner, "The extension 'AIModelScanner' is not supported here.");
  refuse(kPurview, "AIPromptSharingWithPurview needs a licence.");
  const Outcome outcome = reconcile(all_on_);
  EXPECT_EQ(results(outcome), "modelScanner=failed promptEvidence=applied purviewSharing=failed");
  EXPECT_NE(change_of(outcome, "purviewSharing").message.find("licence"), std::string::npos);
  EXPECT_EQ(store_.writes(), 3);
}

TEST_F(RefusedWritesTest, AnAnswerThatAlsoNamesTheOthersBlamesTheFirst) {
  store_.put(id_, all_off_);
  refuse(kScanner,
         "'AIModelScanner' is unknown. Possible extensions: AIPromptEvidence, "
         "AIPromptSharingWithPurview.");
  EXPECT_EQ(results(reconcile(all_on_)),
            "modelScanner=failed promptEvidence=applied purviewSharing=applied");
}

TEST_F(RefusedWritesTest, AnAnswerThatNamesNoneIsFoundOutOneByOne) {
  for (const std::string& refused : {kScanner, kEvidence, kPurview}) {
    const int before = store_.writes();
    store_.put(id_, all_off_);
    refuse(refused, "The request is invalid.");
    const Outcome outcome = reconcile(all_on_);
    EXPECT_EQ(outcome.reason, Reason::ExtensionFailed);
    for (const Change& change : outcome.changes) {
      const bool is_refused = change.drift.field.extension_name() == refused;
      EXPECT_EQ(change.result, is_refused ? ChangeResult::Failed : ChangeResult::Applied)
          << change.drift.field.text() << " where ARM refuses " << refused;
    }
    EXPECT_LE(store_.writes() - before, 5);
    store_.heal_extension(id_, refused);
  }
}

TEST_F(RefusedWritesTest, WhereAllAreRefusedNothingIsWritten) {
  store_.put(id_, all_off_);
  for (const std::string& name : {kScanner, kEvidence, kPurview}) refuse(name, "No.");
  const Outcome outcome = reconcile(all_on_);
  EXPECT_EQ(results(outcome), "modelScanner=failed promptEvidence=failed purviewSharing=failed");
  EXPECT_TRUE(store_.written(id_).empty());
  EXPECT_EQ(outcome.failure->next, NextTry::Slow);
}

TEST_F(RefusedWritesTest, SwitchingOnGoesOnWithoutWhatIsRefused) {
  store_.set_defaults({{kEvidence, true}, {kPurview, true}});
  store_.put(id_, free_plan());
  refuse(kScanner, "The extension 'AIModelScanner' is not supported here.");
  const DesiredSubscription desired =
      declared(1, true, {{kScanner, true}, {kEvidence, false}, {kPurview, false}});
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(results(outcome), "plan=applied modelScanner=failed");
  EXPECT_EQ(now(), "Standard AIPromptEvidence=off AIPromptSharingWithPurview=off");
  EXPECT_EQ(store_.written(id_).size(), 1U) << "nothing was on in between";
}

TEST_F(RefusedWritesTest, WhatOnlyDefenderdNamedFailsNothing) {
  store_.set_defaults({{kEvidence, true}, {kPurview, true}});
  for (const char* message :
       {"'AIModelScanner' is not supported here.", "The request is invalid."}) {
    store_.put(id_, free_plan());
    refuse(kScanner, message);
    DesiredSubscription desired = declared(1, true, {evidence(true)});
    desired.unnamed_extensions = UnnamedExtensions::Off;
    const Outcome outcome = reconcile(desired);
    EXPECT_EQ(outcome.state, State::InSync) << message << ": " << outcome.message;
    EXPECT_EQ(now(), "Standard AIPromptEvidence=on AIPromptSharingWithPurview=off");
  }
}

TEST_F(RefusedWritesTest, SwitchingOnWithANamelessRefusalNamesWhatMustStayOff) {
  store_.set_defaults({{kEvidence, true}, {kPurview, true}});
  store_.put(id_, free_plan());
  refuse(kScanner, "The request is invalid.");
  const DesiredSubscription desired =
      declared(1, true, {{kScanner, true}, {kEvidence, true}, {kPurview, false}});
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(results(outcome), "plan=applied modelScanner=failed promptEvidence=applied");
  for (const Pricing& written : store_.written(id_))
    EXPECT_EQ(written.find(kPurview)->enabled, false) << "sharing is never on in between";
}

TEST_F(RefusedWritesTest, WhatMustStayOffAndComesOnIsTriedOnceMore) {
  store_.set_defaults({{kEvidence, true}, {kPurview, true}});
  store_.put(id_, free_plan());
  refuse(kPurview, "AIPromptSharingWithPurview cannot be set on a plan that is off.");
  store_.on_turn([this] {
    if (store_.turns() == 3) store_.heal_extension(id_, kPurview);
  });
  const Outcome outcome = reconcile(declared(1, true, {{kEvidence, true}, {kPurview, false}}));
  EXPECT_EQ(outcome.state, State::InSync) << outcome.message;
  EXPECT_EQ(now(), "Standard AIPromptEvidence=on AIPromptSharingWithPurview=off");
  EXPECT_EQ(store_.writes(), 3) << "refused, without it, and again when the service knows it";
}

TEST_F(RefusedWritesTest, OnlyAnAnswerAboutTheContentIsBlamedOnAnExtensionThatItDoesNotName) {
  Failure refusal = failure(Reason::InvalidRequest, NextTry::Slow, "an unexpected answer");
  for (const int status : {400, 422, 405, 410, 418}) {
    SCOPED_TRACE(status);
    refusal.http_status = status;
    for (const bool names_it : {false, true}) {
      store_.put(id_, all_off_);
      refusal.arm_message = names_it ? "AIPromptEvidence cannot be set." : "No.";
      store_.fail_next_write(id_, refusal);
      const Outcome outcome = reconcile(declared(1, true, {evidence(true)}));
      EXPECT_EQ(outcome.reason, status == 400 || status == 422 || names_it ? Reason::ExtensionFailed
                                                                           : Reason::InvalidRequest)
          << outcome.message;
    }
  }
}

TEST_F(RefusedWritesTest, ARefusedPlanFailsAsAWhole) {
  store_.put(id_, free_plan());
  store_.refuse_plan(id_, "The tier is not allowed for this offer.");
  const Outcome outcome = reconcile(declared(1, true, {{kScanner, true}, {kEvidence, false}}));
  EXPECT_EQ(results(outcome), "plan=failed modelScanner=failed");
  EXPECT_EQ(outcome.reason, Reason::InvalidRequest);
  EXPECT_NE(outcome.message.find("not allowed for this offer"), std::string::npos);
  EXPECT_EQ(now(), "Free");
  EXPECT_LE(store_.writes(), 2);

  store_.put(id_, standard_plan());
  EXPECT_EQ(results(reconcile(declared(1, false))), "plan=failed");
}

TEST_F(RefusedWritesTest, WhatWasWrittenBeforeABusyAnswerStands) {
  store_.put(id_, all_off_);
  refuse(kPurview, "The request is invalid.");
  // The first write is refused, the second is of the first extension alone, the third meets the
  // lock that the second has left behind.
  store_.on_turn([this] {
    if (store_.turns() == 3)
      store_.fail_next_write(id_, failure(Reason::UpdateInProgress, NextTry::Busy));
  });
  const Outcome outcome = reconcile(all_on_);
  EXPECT_EQ(results(outcome), "modelScanner=applied promptEvidence=failed purviewSharing=failed");
  EXPECT_EQ(change_of(outcome, "promptEvidence").reason, Reason::UpdateInProgress);
  EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_EQ(results(reconcile(all_on_)), "promptEvidence=applied purviewSharing=failed");
}

TEST_F(RefusedWritesTest, APolicyThatDeniesOneExtensionIsNamedAsSuch) {
  store_.put(id_, all_off_);
  Failure denied = failure(Reason::PolicyDenied, NextTry::Slow, "an Azure Policy denies it");
  denied.http_status = 403;
  denied.arm_message = "'no AIPromptSharingWithPurview' disallows this";
  store_.fail_next_write(id_, denied);
  const Outcome outcome = reconcile(all_on_);
  EXPECT_EQ(results(outcome), "modelScanner=applied promptEvidence=applied purviewSharing=failed");
  EXPECT_EQ(outcome.reason, Reason::PolicyDenied);
  EXPECT_EQ(outcome.failure->next, NextTry::Slow);
}

TEST_F(RefusedWritesTest, ADenialThatNamesNothingIsNotTriedPieceByPiece) {
  store_.put(id_, all_off_);
  Failure denied = failure(Reason::PolicyDenied, NextTry::Slow);
  denied.http_status = 403;
  store_.fail_next_write(id_, denied);
  EXPECT_EQ(results(reconcile(all_on_)),
            "modelScanner=failed promptEvidence=failed purviewSharing=failed");
  EXPECT_EQ(store_.writes(), 1);
}

TEST_F(RefusedWritesTest, ManyRefusalsEnd) {
  Pricing pricing = standard_plan();
  DesiredSubscription desired = declared(1, true);
  for (char c = 'a'; c <= 'z'; ++c) {
    const std::string name = std::string("Extension-") + c;
    desired.extensions.push_back({name, true});
    refuse(name, "The request is invalid.");
  }
  store_.put(id_, pricing);
  const Outcome outcome = reconcile(desired);
  EXPECT_EQ(outcome.state, State::Failing);
  EXPECT_LE(store_.writes(), 12);
  for (const Change& change : outcome.changes) EXPECT_EQ(change.result, ChangeResult::Failed);
}

}  // namespace
}  // namespace defenderd
