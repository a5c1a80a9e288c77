// An edit that comes in several files, or in several saves: what only a part of it says must not
// act.

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/world.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A folder of two files: the entry of a team, and a scope that covers its subscription as well.
class HalfEditTest : public World {
 protected:
  HalfEditTest() {
    for (const unsigned n : {1U, 2U}) {
      armsim::Subscription one = subscription(n, false);
      one.tags = {{"env", "prod"}};
      azure_.add(std::move(one));
    }
    fs::create_directory(path("desired"));
    declare_team(true);
    exclude({});
  }
  // The second subscription keeps its entry.
  void declare_team(bool with_the_first) const {
    write("desired/teams.yaml",
          kHead + std::string("defaults: {mode: enforce, plan: off}\nsubscriptions:\n") +
              (with_the_first ? "  - id: " + id(1) + "\n" : "") + "  - id: " + id(2) + "\n");
  }
  void exclude(const std::vector<std::string>& ids) const {
    std::string list;
    for (const std::string& id : ids) list += "      - " + id + "\n";
    write("desired/scopes.yaml", kHead +
                                     std::string("scopes:\n  - tags: {env: prod}\n"
                                                 "    mode: enforce\n    plan: on\n") +
                                     (ids.empty() ? "" : "    exclude:\n" + list));
  }
  void start() {
    write("settings.yaml", settings("state: {file: " + path("state.json") + "}\n"));
    daemon_ = std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("desired")},
        credentials());
  }
  bool waits() const {
    return daemon_->wait_get("/api/v1/subscriptions/" + id(1),
                             "an edit removed its entry, and the rest of the edit may follow");
  }
  // Reads everything again, so that whatever is in force acts.
  void expect_nothing_written() {
    const auto reads = azure_.counters(id(2)).reads;
    ASSERT_EQ(daemon_->post("/-/reconcile").status, 202);
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters(id(2)).reads > reads; }));
    EXPECT_EQ(azure_.counters().writes, 0U) << daemon_->output();
  }

  static constexpr const char* kHead = "apiVersion: defenderd/v1\nkind: DesiredState\n";
  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(HalfEditTest, BetweenTwoFilesNothingIsWrittenEvenAfterARestart) {
  start();
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 2"))
      << daemon_->output();
  declare_team(false);
  ASSERT_TRUE(waits()) << daemon_->output();
  EXPECT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"suspended\"} 1"));
  expect_nothing_written();
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->wait_exit());
  start();
  ASSERT_TRUE(waits()) << daemon_->output();
  expect_nothing_written();
  exclude({id(1)});
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"suspended\"} 0"))
      << daemon_->output();
  EXPECT_EQ(daemon_->get("/api/v1/subscriptions/" + id(1)).status, 404);
  expect_nothing_written();
}

TEST_F(HalfEditTest, TheScopeAppliesIfNothingFollows) {
  start();
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 2"))
      << daemon_->output();
  declare_team(false);
  ASSERT_TRUE(waits()) << daemon_->output();
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(1)).on; }, kPatience60))
      << daemon_->output();
  EXPECT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 2"))
      << daemon_->output();
  EXPECT_THAT(daemon_->output(), HasSubstr("drift is corrected after that"));
}

}  // namespace
}  // namespace defenderd
