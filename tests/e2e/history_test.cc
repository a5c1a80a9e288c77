// The history in the details of a subscription, and that of the fleet.

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/world.h"

namespace defenderd {
namespace {

using nlohmann::json;
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

// What a restart has to go by.
struct Memory {
  const char* name;
  bool state = false;
  bool journal = false;
};

void PrintTo(const Memory& memory, std::ostream* out) { *out << memory.name; }

class FleetHistoryTest : public World, public testing::WithParamInterface<Memory> {
 protected:
  FleetHistoryTest() {
    for (unsigned n = 1; n <= 2; ++n) azure_.add(subscription(n, n == 1));
    std::string more = "state: {file: " + path("state.json") + "}\n";
    if (GetParam().journal) more += "journal: {file: " + path("journal") + "}\n";
    write("settings.yaml", settings(more));
    write("desired.yaml", desired({"id: " + id(1) + ", name: one, plan: on",
                                   "id: " + id(2) + ", name: two, plan: on"}));
  }
  static json get(const DaemonProcess& daemon, const std::string& what) {
    return json::parse(daemon.get("/api/v1/" + what).body);
  }
  // The test may run over the end of an hour.
  static int sum_of(const json& history, const char* name) {
    int sum = 0;
    for (const json& step : history["events"]) sum += step[name].get<int>();
    return sum;
  }
  // "drift one by alice@contoso.com", "correction applied two", newest first; without what only
  // this run has.
  static std::vector<std::string> changes(const DaemonProcess& daemon) {
    std::vector<std::string> texts;
    const json body = get(daemon, "changes");
    for (const json& item : body["items"]) {
      std::string text = item["event"];
      for (const char* const name : {"result", "name"})
        if (item.contains(name)) text += " " + item[name].get<std::string>();
      if (item.contains("actor")) text += " by " + item["actor"]["name"].get<std::string>();
      texts.push_back(text);
    }
    return texts;
  }
};

TEST_P(FleetHistoryTest, ARestartKeepsWhatTheStateOrTheJournalHolds) {
  azure_.set_behaviour([](armsim::Behaviour& it) { it.activity_lag = {}; });
  const std::vector<std::string> all{"edited", "correction applied one by alice@contoso.com",
                                     "drift one by alice@contoso.com", "correction applied two"};
  json before;
  {
    const auto daemon = run();
    ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 2"))
        << daemon->output();
    azure_.update(
        id(1), [](armsim::Subscription& it) { it.plan.on = false; },
        armsim::Caller::user("alice@contoso.com"));
    ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
    ASSERT_TRUE(daemon->wait_metric("defenderd_drift_attributed_total{actor=\"user\"} 1"))
        << daemon->output();
    write("desired.yaml", desired({"id: " + id(1) + ", name: one, plan: on",
                                   "id: " + id(2) + ", name: two, plan: on, reason: agreed"}));
    ASSERT_TRUE(daemon->wait_output("reloaded")) << daemon->output();
    EXPECT_EQ(changes(*daemon), all);
    before = get(*daemon, "history");
    EXPECT_EQ(sum_of(before, "drifts"), 1);
    EXPECT_EQ(sum_of(before, "corrections"), 2);
    EXPECT_EQ(sum_of(before, "edits"), 1);
    ASSERT_FALSE(before["shares"].empty());
    EXPECT_EQ(before["shares"].back()["asDeclared"], 2);
    EXPECT_EQ(before["complete"], false) << "the week before is unknown";
    const json sweep = get(*daemon, "status")["sweep"];
    EXPECT_EQ(sweep["total"], 2);
    EXPECT_EQ(sweep["first"], false);
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
  }
  if (!GetParam().state) std::filesystem::remove(path("state.json"));
  // Nothing is answered, so this run knows nothing by itself.
  azure_.inject(armsim::Fault::held(armsim::Operation::Read).repeated(0));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_get("/api/v1/status", "\"subscriptions\":2")) << daemon->output();
  const json after = get(*daemon, "history");
  EXPECT_EQ(after["events"], before["events"]);
  if (GetParam().state) {
    EXPECT_EQ(after["eventsSince"], before["eventsSince"]);
  } else {
    EXPECT_GE(after["eventsSince"], before["eventsSince"]) << "the first line of the journal";
  }
  EXPECT_EQ(after["shares"], GetParam().state ? before["shares"] : json::array());
  EXPECT_EQ(changes(*daemon), GetParam().journal ? all : std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Cases, FleetHistoryTest,
                         testing::Values(Memory{"State", true, false},
                                         Memory{"Journal", false, true},
                                         Memory{"Both", true, true}),
                         [](const auto& it) { return it.param.name; });

INSTANTIATE_TEST_SUITE_P(Cases, HistoryTest, testing::Bool(), [](const auto& it) {
  return it.param ? "WithJournal" : "WithoutJournal";
});

}  // namespace
}  // namespace defenderd
