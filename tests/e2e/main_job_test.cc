// From a YAML line to corrected drift to a metric.

#include "e2e/world.h"

#include <gmock/gmock.h>

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

class MainJobTest : public World {};

TEST_F(MainJobTest, CorrectsDriftShowsItAndThenKeepsQuiet) {
  azure_.add(subscription(1, false));
  azure_.add(subscription(2, true, {{"AIPromptEvidence", true}, {"AIModelScanner", true}}));
  azure_.add(subscription(3, true, {{"AIPromptEvidence", true}}));
  write("desired.yaml",
        desired({"id: " + id(1) + ", name: chat-prod, plan: on, promptEvidence: on",
                 "id: " + id(2) + ", name: client-files, plan: on, promptEvidence: off",
                 "id: " + id(3) + ", name: quiet, plan: on, promptEvidence: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 3"))
      << daemon->output();
  EXPECT_TRUE(azure_.plan(id(1)).on);
  EXPECT_TRUE(azure_.plan(id(1)).has_on("AIPromptEvidence"));
  EXPECT_FALSE(azure_.plan(id(2)).has_on("AIPromptEvidence"));
  EXPECT_TRUE(azure_.plan(id(2)).has_on("AIModelScanner")) << "not named, so left alone";
  EXPECT_EQ(azure_.counters(id(3)).writes, 0U) << "in sync means no write";

  // What a reconcile came to shows on the board before it is counted, and is logged last.
  for (const std::string& line : {"chat-prod (" + id(1) + ") plan: off -> on",
                                  "client-files (" + id(2) + ") promptEvidence: on -> off"}) {
    EXPECT_TRUE(daemon->wait_output(line)) << line << "\n" << daemon->output();
  }
  EXPECT_THAT(daemon->output(), Not(HasSubstr("request_id="))) << "log.ids is off";
  for (const std::string& line :
       {"defenderd_subscription_in_sync{subscription_id=\"" + id(1) + "\",name=\"chat-prod\"} 1",
        std::string("defenderd_corrections_total{field=\"plan\",result=\"applied\"} 1"),
        std::string("defenderd_corrections_total{field=\"promptEvidence\",result=\"applied\"} 2"),
        std::string("defenderd_reconciles_total{result=\"in_sync\"} 1")}) {
    EXPECT_TRUE(daemon->wait_metric(line)) << line;
  }

  const auto writes = azure_.counters().writes;
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(daemon->wait_metric("defenderd_reconciles_total{result=\"in_sync\"} 4"));
  EXPECT_EQ(azure_.counters().writes, writes);
  EXPECT_THAT(daemon->output(), Not(HasSubstr("quiet"))) << "nothing is said of what is in sync";
  EXPECT_EQ(daemon->get("/healthz").status, 200);
  EXPECT_EQ(daemon->get("/readyz").status, 200);
}

TEST_F(MainJobTest, NewDriftIsCorrectedAtTheNextLook) {
  azure_.add(subscription(1, true, {{"AIPromptEvidence", true}}));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon->output();
  azure_.update(id(1), [](armsim::Subscription& it) { it.plan.set("AIPromptEvidence", false); });
  ASSERT_EQ(daemon->post("/-/reconcile?subscription=" + id(1)).status, 202);
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(1)).has_on("AIPromptEvidence"); }));
}

TEST_F(MainJobTest, ObserveNeverWrites) {
  azure_.add(subscription(1, false));
  azure_.add(subscription(2, false));
  write("desired.yaml",
        desired({"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: on, mode: observe"}));
  const auto daemon = run({"--observe"});
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"drifted\"} 2"))
      << daemon->output();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= 4; }));
  EXPECT_EQ(azure_.counters().writes, 0U);
  EXPECT_THAT(daemon->output(), HasSubstr("--observe"));
}

TEST_F(MainJobTest, AServerThatCannotBeVerifiedGetsNoToken) {
  azure_.add(subscription(1, false));
  armsim::Simulator other;
  ASSERT_TRUE(other.start());
  write("ca.pem", other.ca_pem());
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 1"))
      << daemon->output();
  EXPECT_EQ(azure_.counters().requests, 0U);
  EXPECT_TRUE(daemon->wait_output("is not trusted")) << daemon->output();
}

TEST_F(MainJobTest, NoSecretReachesLogsMetricsOrApi) {
  azure_.add(subscription(1, false));
  azure_.add(subscription(2, false));
  azure_.inject(armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed", "no")
                    .at(id(2))
                    .repeated(99));
  write("settings.yaml", settings() + "");
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 1"))
      << daemon->output();
  // Each answer, the log and every file are searched: secrets.h.
  std::string said = daemon->output();
  for (const char* const path : {"/metrics", "/api/v1/status", "/api/v1/subscriptions", "/"}) {
    said += daemon->get(path).body;
  }
  EXPECT_THAT(said, HasSubstr("assign it the role `defenderd`")) << "the failure says what to do";
}

TEST_F(MainJobTest, AnExpiredTokenIsReplacedWithoutAFailure) {
  azure_.add(subscription(1, true));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon->output();
  azure_.revoke_tokens();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().tokens == 2; }));
  ASSERT_TRUE(daemon->wait_metric("defenderd_reconciles_total{result=\"in_sync\"} 2"));
  EXPECT_THAT(daemon->get("/metrics").body,
              HasSubstr("defenderd_reconciles_total{result=\"failed\"} 0"));
}

}  // namespace
}  // namespace defenderd
