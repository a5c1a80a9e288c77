// Threads of the real program that stand still.

#include <gmock/gmock.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "e2e/frozen_thread.h"
#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;

// A minute without a beat, a request of one second, the 20 s between two beats, and the test's own
// patience.
constexpr std::chrono::seconds kNoticed{100};

class HeartbeatTest : public World {
 protected:
  HeartbeatTest() {
    azure_.add(subscription(1, true));
    write_settings("");
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  }
  void write_settings(const std::string& more) {
    std::string text = settings(more);
    const std::string budget = "  budget:";
    text.insert(text.find(budget), "  timeouts: {connect: 1s, request: 1s}\n");
    write("settings.yaml", text);
  }
};

TEST_F(HeartbeatTest, TheStatusListsTheThreads) {
  write_settings("journal: {file: " + path("journal.jsonl") + "}\n");
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"));
  const auto status = nlohmann::json::parse(daemon->get("/api/v1/status").body);
  std::vector<std::string> names;
  for (const auto& thread : status["threads"]) {
    names.push_back(thread["name"]);
    EXPECT_LE(thread["silentSeconds"], 40) << thread;
  }
  EXPECT_THAT(names, IsSupersetOf({"files", "graph", "journal", "log", "reconcile-1",
                                   "reconcile-16", "scopes", "server", "server-api",
                                   "server-probes", "state", "timeouts"}));
}

TEST_F(HeartbeatTest, AThreadThatStandsStillIsNamed) {
  const std::vector<std::string> names{"reconcile-7", "files",    "scopes",
                                       "graph",       "timeouts", "server-api"};
  std::vector<std::unique_ptr<DaemonProcess>> daemons;
  std::vector<std::unique_ptr<Frozen>> frozen;  // ends before the daemons
  for (const std::string& name : names) {
    const auto& daemon = daemons.emplace_back(run());
    ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"));
    const auto thread = thread_of(daemon->pid(), name);
    ASSERT_TRUE(thread) << name;
    const auto& stopped = frozen.emplace_back(std::make_unique<Frozen>(*thread));
    if (!stopped->frozen() && errno == EPERM) GTEST_SKIP() << "ptrace is not allowed here";
    ASSERT_TRUE(stopped->frozen()) << name;
    EXPECT_EQ(daemon->get("/healthz").status, 200) << name;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_TRUE(daemons[i]->wait_get(
        "/healthz", "the thread " + names[i] + " has made no progress for 1m", kNoticed))
        << daemons[i]->get("/healthz").body;
    EXPECT_EQ(daemons[i]->get("/healthz").status, 503);
  }
}

}  // namespace
}  // namespace defenderd
