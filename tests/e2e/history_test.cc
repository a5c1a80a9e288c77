// The history in the details of a subscription.

#include <gmock/gmock.h>

#include <csignal>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class HistoryTest : public World, public testing::WithParamInterface<bool> {
 protected:
  HistoryTest() {
    azure_.add(subscription(1, false));
    write("settings.yaml",
          settings(with_journal() ? "journal: {file: " + path("journal") + "}\n" : ""));
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  }
  static bool with_journal() { return GetParam(); }
  // The member of the API, once all is in sync.
  static std::string history_of(DaemonProcess& daemon) {
    EXPECT_TRUE(daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
        << daemon.output();
    const std::string body = daemon.get("/api/v1/subscriptions/" + id(1)).body;
    const std::size_t start = body.find("\"history\":[");
    return start == std::string::npos ? body : body.substr(start);
  }
};

TEST_P(HistoryTest, ARestartForgetsNothingThatTheJournalHolds) {
  std::string before;
  {
    const auto daemon = run();
    before = history_of(*daemon);
    EXPECT_THAT(before, HasSubstr("\"result\":\"applied\",\"field\":\"plan\",\"from\":\"off\","
                                  "\"to\":\"on\",\"since\":\""));
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
  }
  const auto daemon = run();
  EXPECT_EQ(history_of(*daemon), with_journal() ? before : "\"history\":[]}");
}

INSTANTIATE_TEST_SUITE_P(Cases, HistoryTest, testing::Bool(), [](const auto& it) {
  return it.param ? "WithJournal" : "WithoutJournal";
});

}  // namespace
}  // namespace defenderd
