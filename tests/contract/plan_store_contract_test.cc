// What every plan store does, asked of the fake that other tests lean on and of the real client
// over TLS: what keeps the fake honest.

#include <gtest/gtest.h>

#include "contract/worlds.h"

namespace defenderd {
namespace {

TYPED_TEST_SUITE(PlanStoreContractTest, Worlds);

TYPED_TEST(PlanStoreContractTest, ShowsWhatIsThere) {
  this->world_.put_free(1);
  this->world_.put_standard(2, {{"AIPromptEvidence", true}, {"AIModelScanner", false}});
  EXPECT_EQ(this->text(this->read(1)), "free");
  EXPECT_EQ(this->text(this->read(2)), "standard AIModelScanner=off AIPromptEvidence=on");
}

TYPED_TEST(PlanStoreContractTest, AWriteAnswersWhatAReadThenShows) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  const PlanWritten answer = this->write(1, standard_plan({{"AIPromptEvidence", true}}));
  EXPECT_EQ(this->text(answer.pricing), "standard AIPromptEvidence=on");
  EXPECT_EQ(this->text(this->read(1)), this->text(answer.pricing));
  EXPECT_TRUE(answer.failed.empty());
}

TYPED_TEST(PlanStoreContractTest, AWriteWhoseTimeIsOverIsNotCarriedOut) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  const Pricing wanted = standard_plan({{"AIPromptEvidence", true}});
  PlanStore& plans = this->world_.plans();
  const SteadyTime end = this->clock_.steady_now() + 10s;
  this->clock_.advance(10s);
  ASSERT_TRUE(plans.await_turn(this->key(1), {}));
  const auto late = plans.write(this->key(1), {wanted, end}, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, Reason::Timeout);
  EXPECT_FALSE(late.error().maybe_applied);
  EXPECT_EQ(this->world_.writes(), 0);
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=off");
  EXPECT_TRUE(plans.write(this->key(1), {wanted, end + 10s}, {}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on");
}

TYPED_TEST(PlanStoreContractTest, SwitchingOnBringsTheServicesDefaults) {
  this->world_.put_free(1);
  const PlanWritten answer = this->write(1, standard_plan());
  EXPECT_EQ(this->text(answer.pricing),
            "standard AIModelScanner=off AIPromptEvidence=on AIPromptSharingWithPurview=on");
  EXPECT_EQ(this->text(this->read(1)), this->text(answer.pricing));
}

TYPED_TEST(PlanStoreContractTest, SwitchingOnObeysWhatIsNamed) {
  this->world_.put_free(1);
  const PlanWritten answer =
      this->write(1, standard_plan({{"AIPromptEvidence", false}, {"AIModelScanner", true}}));
  EXPECT_EQ(this->text(answer.pricing),
            "standard AIModelScanner=on AIPromptEvidence=off AIPromptSharingWithPurview=on");
}

TYPED_TEST(PlanStoreContractTest, WhatAWriteDoesNotNameStays) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}, {"NewOne", true}});
  this->write(1, standard_plan({{"AIPromptEvidence", true}}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on NewOne=on");
}

TYPED_TEST(PlanStoreContractTest, OffTakesTheExtensionsWithIt) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  EXPECT_EQ(this->text(this->write(1, free_plan()).pricing), "free");
  const Pricing after = this->read(1);
  EXPECT_EQ(this->text(after), "free");
  for (const Extension& extension : after.extensions) EXPECT_EQ(extension.enabled, false);
}

TYPED_TEST(PlanStoreContractTest, AFailedExtensionIsToldOnceAndReadsAsAsked) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  this->world_.fail_extension(1, "AIPromptEvidence");
  const PlanWritten answer = this->write(1, standard_plan({{"AIPromptEvidence", true}}));
  EXPECT_EQ(answer.failed, (std::vector<ExtensionFailure>{{"AIPromptEvidence", "no permission"}}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on");
  this->world_.heal_extension(1, "AIPromptEvidence");
  EXPECT_TRUE(this->write(1, standard_plan({{"AIPromptEvidence", true}})).failed.empty());
}

TYPED_TEST(PlanStoreContractTest, AnExtensionThatStaysOffCannotFail) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  this->world_.fail_extension(1, "AIPromptEvidence");
  EXPECT_TRUE(this->write(1, standard_plan({{"AIPromptEvidence", false}})).failed.empty());
}

TYPED_TEST(PlanStoreContractTest, OnlyWhatAWriteActedOnHasAStatus) {
  this->world_.put_standard(1, {{"AIModelScanner", true},
                                {"AIPromptEvidence", false},
                                {"AIPromptSharingWithPurview", false}});
  const PlanWritten answer = this->write(1, standard_plan({{"AIModelScanner", false},
                                                           {"AIPromptEvidence", true},
                                                           {"AIPromptSharingWithPurview", false}}));
  EXPECT_EQ(answer.succeeded, (std::vector<std::string>{"AIModelScanner", "AIPromptEvidence"}));
}

TYPED_TEST(PlanStoreContractTest, SinceWhenThePlanIsOn) {
  const auto since = [this] {
    const auto read = this->world_.plans().read(this->key(1), {});
    return read ? read->enabled_since : "failed";
  };
  this->world_.put_free(1);
  EXPECT_EQ(since(), "");
  const std::string first = this->write(1, standard_plan()).enabled_since;
  EXPECT_NE(first, "");
  EXPECT_EQ(since(), first);
  EXPECT_EQ(this->write(1, standard_plan({{"AIModelScanner", true}})).enabled_since, first);
  EXPECT_EQ(this->write(1, free_plan()).enabled_since, "");
  EXPECT_NE(this->write(1, standard_plan()).enabled_since, first);
}

TYPED_TEST(PlanStoreContractTest, AReadCanShowAFailure) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  this->world_.show_failure(1, "AIPromptEvidence");
  const auto read = this->world_.plans().read(this->key(1), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->failed, (std::vector<ExtensionFailure>{{"AIPromptEvidence", "no permission"}}));
  EXPECT_TRUE(read->succeeded.empty());
}

TYPED_TEST(PlanStoreContractTest, WhoIsNotThereIsNotFound) {
  const auto read = this->world_.plans().read(this->key(9), {});
  const auto written = this->world_.plans().write(this->key(9), standard_plan(), {});
  ASSERT_FALSE(read);
  ASSERT_FALSE(written);
  for (const Failure& failure : {read.error(), written.error()}) {
    EXPECT_EQ(failure.reason, Reason::SubscriptionNotFound);
    EXPECT_EQ(failure.next, NextTry::Slow);
    EXPECT_EQ(failure.http_status, 404);
    EXPECT_EQ(failure.arm_code, "SubscriptionNotFound");
    EXPECT_FALSE(failure.maybe_applied);
  }
}

TYPED_TEST(PlanStoreContractTest, EachAnswerHasARequestIdOfItsOwn) {
  this->world_.put_standard(1, {});
  const auto read = this->world_.plans().read(this->key(1), {});
  ASSERT_TRUE(read);
  const PlanWritten first = this->write(1, standard_plan());
  const PlanWritten second = this->write(1, standard_plan());
  EXPECT_NE(read->trace.request_id, "");
  EXPECT_NE(first.trace.request_id, "");
  EXPECT_NE(first.trace.request_id, second.trace.request_id);
}

TYPED_TEST(PlanStoreContractTest, WhatIsNotUnderstoodIsCarriedAlong) {
  this->world_.put_standard(1, {{"NewOne", true}, {"AIPromptEvidence", false}});
  this->world_.give_properties(1, "NewOne");
  Pricing pricing = this->read(1);
  pricing.find("AIPromptEvidence")->enabled = true;
  this->write(1, pricing);
  const Pricing after = this->read(1);
  EXPECT_EQ(this->text(after), "standard AIPromptEvidence=on NewOne=on");
  EXPECT_EQ(after.find("NewOne")->extra_json, R"({"additionalExtensionProperties":{"Cap":"5"}})");
}

TYPED_TEST(PlanStoreContractTest, AnAnswerAboutAnotherSubscriptionIsNone) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  this->world_.put_standard(2, {{"AIPromptEvidence", true}, {"AIPromptSharingWithPurview", true}});
  this->world_.answer_about_another(1, 2);
  const auto read = this->world_.plans().read(this->key(1), {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, Reason::MalformedAnswer);
  EXPECT_FALSE(read.error().maybe_applied);
  EXPECT_NE(read.error().message.find("not about the requested resource"), std::string::npos);
  this->world_.answer_about_another(1, 2);
  const auto written =
      this->world_.plans().write(this->key(1), standard_plan({{"AIPromptEvidence", true}}), {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, Reason::MalformedAnswer);
  EXPECT_TRUE(written.error().maybe_applied);
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on");
}

TYPED_TEST(PlanStoreContractTest, WhatIsRefusedIsSaidAndNothingOfTheWriteIsDone) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}, {"AIModelScanner", false}});
  this->world_.refuse_extension(1, "AIModelScanner", "AIModelScanner is not offered.");
  const auto refused = this->world_.plans().write(
      this->key(1), standard_plan({{"AIPromptEvidence", true}, {"AIModelScanner", true}}), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::InvalidRequest);
  EXPECT_EQ(refused.error().next, NextTry::Slow);
  EXPECT_EQ(refused.error().http_status, 400);
  EXPECT_EQ(refused.error().arm_message, "AIModelScanner is not offered.");
  EXPECT_FALSE(refused.error().maybe_applied);
  EXPECT_EQ(this->text(this->read(1)), "standard AIModelScanner=off AIPromptEvidence=off");
  this->write(1, standard_plan({{"AIPromptEvidence", true}, {"AIModelScanner", false}}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIModelScanner=off AIPromptEvidence=on");
  this->world_.refuse_plan(1, "No.");
  EXPECT_FALSE(this->world_.plans().write(this->key(1), free_plan(), {}));
}

// Somebody switches something on while a write waits for its share of the budget.

}  // namespace
}  // namespace defenderd
