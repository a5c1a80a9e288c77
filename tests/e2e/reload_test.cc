// Edits of the files while it runs.

#include <gmock/gmock.h>

#include <chrono>
#include <optional>

#include "base/time_text.h"
#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class ReloadTest : public World {
 protected:
  ReloadTest() {
    azure_.add(subscription(1, true));
    azure_.add(subscription(2, false));
    write("desired.yaml", desired({"id: " + id(1) + ", name: first, plan: on"}));
    daemon_ = run();
  }
  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(ReloadTest, AnAddedSubscriptionActsAtOnceAndOthersKeepTheirSchedule) {
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon_->output();
  const auto reads = azure_.counters(id(1)).reads;
  write("desired.yaml", desired({"id: " + id(2) + ", name: second, plan: on",
                                 "id: " + id(1) + ", name: first, plan: on"}));
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.plan(id(2)).on; })) << daemon_->output();
  EXPECT_EQ(azure_.counters(id(1)).reads, reads);
}

TEST_F(ReloadTest, ARemovedSubscriptionIsLeftAloneAndLeavesTheMetrics) {
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon_->output();
  write("desired.yaml", desired({"id: " + id(2) + ", name: second, plan: on"}));
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.plan(id(2)).on; })) << daemon_->output();
  EXPECT_TRUE(daemon_->wait_body(
      "/metrics", [](const std::string& body) { return body.find(id(1)) == std::string::npos; }));
  EXPECT_TRUE(azure_.plan(id(1)).on);
  EXPECT_EQ(azure_.counters(id(1)).writes, 0U);
}

TEST_F(ReloadTest, ABadEditLeavesTheLastGoodInForceAndShows) {
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon_->output();
  write("desired.yaml", desired({"id: " + id(1) + ", plan: of"}));
  ASSERT_TRUE(daemon_->wait_metric("defenderd_config_last_reload_successful 0"))
      << daemon_->output();
  EXPECT_TRUE(daemon_->wait_output("the last good file stays in force")) << daemon_->output();
  EXPECT_THAT(daemon_->output(), HasSubstr("desired.yaml:5:"));
  EXPECT_EQ(daemon_->get("/readyz").status, 200);
  const auto reload = daemon_->post("/-/reload");
  EXPECT_GE(reload.status, 400);
  EXPECT_THAT(reload.body, HasSubstr("desired.yaml:5:"));
  EXPECT_TRUE(azure_.plan(id(1)).on);
  write("desired.yaml", desired({"id: " + id(1) + ", name: first, plan: on"}));
  EXPECT_TRUE(daemon_->wait_metric("defenderd_config_last_reload_successful 1"))
      << daemon_->output();
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(ReloadTest, ARestartIsNeededUntilTheSettingsAreThoseOfTheStart) {
  const auto needed = [&](const std::string& list) {
    return daemon_->wait_body("/api/v1/status", [&](const std::string& body) {
      return body.find(R"("restartNeeded":)" + list) != std::string::npos;
    });
  };
  ASSERT_TRUE(needed("[]")) << daemon_->output();
  const std::string before = settings();
  std::string edited = before;
  replace_all(edited, "lifecycle: true", "lifecycle: false");
  ASSERT_NE(edited, before);
  write("settings.yaml", edited);
  EXPECT_TRUE(needed(R"(["server.lifecycle"])")) << daemon_->output();
  EXPECT_THAT(daemon_->post("/-/reload").body, HasSubstr("restart defenderd to apply server.lif"));
  write("settings.yaml", before);
  EXPECT_TRUE(needed("[]")) << daemon_->output();
  EXPECT_TRUE(daemon_->wait_output("no restart is needed any more")) << daemon_->output();
}

TEST_F(ReloadTest, AShorterIntervalBringsTheNextCheckForwardAndShowsIt) {
  std::string seldom = settings();
  replace_all(seldom, "interval: 30s", "interval: 7d");
  write("settings.yaml", seldom);
  daemon_ = run();
  const auto next_due = [&] {
    const std::string body = daemon_->get("/api/v1/subscriptions/" + id(1)).body;
    const std::string key = R"("nextDue":")";
    const auto at = body.find(key);
    return at == std::string::npos ? std::nullopt : parse_rfc3339(body.substr(at + key.size(), 24));
  };
  ASSERT_TRUE(daemon_->wait_body("/readyz", [&](const std::string&) {
    return next_due().has_value();
  })) << daemon_->output();
  const WallTime before = next_due().value();
  replace_all(seldom, "interval: 7d", "interval: 30s");
  write("settings.yaml", seldom);
  EXPECT_TRUE(daemon_->wait_output("the settings were reloaded")) << daemon_->output();
  EXPECT_LT(next_due().value(), before - std::chrono::hours(24));
}

TEST_F(ReloadTest, TheLogLevelChangesWithoutARestart) {
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon_->output();
  EXPECT_THAT(daemon_->output(), testing::Not(HasSubstr(") is as declared")));
  std::string edited = settings();
  const std::string info = "level: info";
  ASSERT_NE(edited.find(info), std::string::npos) << edited;
  write("settings.yaml", edited.replace(edited.find(info), info.size(), "level: debug"));
  ASSERT_TRUE(daemon_->wait_output("the settings were reloaded")) << daemon_->output();
  ASSERT_EQ(daemon_->post("/-/reconcile").status, 202);
  EXPECT_TRUE(daemon_->wait_output(") is as declared")) << daemon_->output();
}

}  // namespace
}  // namespace defenderd
