// Unintended writes do not happen, and the operator sees why.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "e2e/world.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class WritesTest : public World {
 protected:
  [[nodiscard]] json row(const DaemonProcess& daemon) const {
    return json::parse(daemon.get("/api/v1/subscriptions/" + id(1)).body);
  }
};

TEST_F(WritesTest, AnAnswerAboutAnotherSubscriptionIsNamedAndWritesNothing) {
  azure_.add(
      subscription(1, true, {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", false}}));
  azure_.add(
      subscription(2, true, {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", true}}));
  Fault confused = Fault::of(FaultKind::AboutAnother, Operation::Read);
  confused.message = id(2);
  azure_.inject(confused.at(id(1)).repeated(2));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("the answer is not about the requested resource"))
      << daemon->output();
  EXPECT_THAT(daemon->output(), HasSubstr("MalformedAnswer"));
  EXPECT_THAT(daemon->output(), HasSubstr("any proxy in between"));
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon->output();
  EXPECT_TRUE(azure_.plan(id(1)).has_on("AIPromptEvidence"));
  EXPECT_FALSE(azure_.plan(id(1)).has_on("AIPromptSharingWithPurview"));
  EXPECT_EQ(azure_.counters().writes, 1U);
}

TEST_F(WritesTest, ARefusedExtensionIsNamedAndTheOthersAreWritten) {
  armsim::Subscription refusing =
      subscription(1, true, {{"AIPromptEvidence", false}, {"AIModelScanner", false}});
  refusing.refused_extensions["AIModelScanner"] = "AIModelScanner is not offered in this region.";
  azure_.add(refusing);
  write("desired.yaml",
        desired({"id: " + id(1) + ", plan: on, promptEvidence: on, modelScanner: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("not offered in this region")) << daemon->output();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 1"));
  EXPECT_TRUE(azure_.plan(id(1)).has_on("AIPromptEvidence"));
  const json shown = row(*daemon);
  EXPECT_EQ(shown["reason"], "ExtensionFailed");
  const auto message = shown["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("declare modelScanner: off"));
  EXPECT_THAT(message, Not(HasSubstr("bug")));
  EXPECT_EQ(shown["observed"]["promptEvidence"], "on");
}

TEST_F(WritesTest, WhatIsTooMuchToCarryAlongIsObservedAndNotWritten) {
  armsim::Subscription large =
      subscription(1, true, {{"AIPromptEvidence", false}, {"AIModelScanner", true}});
  large.plan.properties = R"({"future":")" + std::string(1'000'000, 'x') + "\"}";
  azure_.add(large);
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"drifted\"} 1"))
      << daemon->output();
  const json shown = row(*daemon);
  EXPECT_EQ(shown["reason"], "AnswerTooLarge");
  EXPECT_EQ(shown["observed"]["promptEvidence"], "off");
  EXPECT_THAT(shown["message"].get<std::string>(), HasSubstr("64 KiB"));
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(WritesTest, ReadsThatLagBehindCostNoSecondWrite) {
  azure_.set_behaviour([](armsim::Behaviour& b) { b.read_lag = std::chrono::minutes(10); });
  azure_.add(subscription(1, true, {{"AIPromptEvidence", false}}));
  azure_.advance(std::chrono::minutes(11));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  const auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= 4; })) << daemon->output();
  EXPECT_EQ(row(*daemon)["reason"], "ChangeNotApplied");
  EXPECT_THAT(daemon->output(), Not(HasSubstr("recovered")));
  EXPECT_THAT(daemon->get("/api/v1/changes").body,
              AllOf(HasSubstr("failed"), Not(HasSubstr("ended"))));
  azure_.advance(std::chrono::minutes(11));
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon->output();
  EXPECT_EQ(azure_.counters().writes, 1U);
  EXPECT_TRUE(daemon->wait_output("recovered, state in_sync"));
  EXPECT_THAT(daemon->output(), HasSubstr("corrected"));
}

TEST_F(WritesTest, AFailureInAReadIsSaid) {
  azure_.set_behaviour([](armsim::Behaviour& b) { b.get_shows_failures = true; });
  armsim::Subscription failed = subscription(1, true, {{"AIPromptEvidence", true}});
  failed.failed_extensions["AIPromptEvidence"] = "the first-party application is missing";
  failed.failing_extensions = failed.failed_extensions;
  azure_.add(failed);
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 1"))
      << daemon->output();
  EXPECT_EQ(row(*daemon)["reason"], "ExtensionFailed");
  EXPECT_THAT(row(*daemon)["message"].get<std::string>(),
              HasSubstr("the first-party application is missing"));
}

TEST_F(WritesTest, SwitchingOnWithNothingElseOnNamesEveryKnownExtension) {
  azure_.add(subscription(1, false));
  write("desired.yaml",
        desired({"id: " + id(1) + ", plan: on, promptEvidence: on, unnamedExtensions: off"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon->output();
  EXPECT_EQ(azure_.counters().writes, 1U) << "sharing was never on in between";
  EXPECT_FALSE(azure_.plan(id(1)).has_on("AIPromptSharingWithPurview"));
}

}  // namespace
}  // namespace defenderd
