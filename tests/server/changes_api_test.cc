#include "server/changes_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "server/requests.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

JournalLine line(int minute, std::string result, unsigned n = 1) {
  JournalLine line;
  line.time = format_rfc3339(at(minute));
  line.result = std::move(result);
  line.subscription_id = subscription_id(n).text();
  line.field = "plan";
  line.message = std::to_string(minute);
  return line;
}

class ChangesApiTest : public testing::Test {
 protected:
  Response answer(std::vector<std::pair<std::string, std::string>> query) {
    return api_changes(feed_.snapshot(), get_request("/api/v1/changes", std::move(query)));
  }
  json ask(std::vector<std::pair<std::string, std::string>> query = {}) {
    const Response response = answer(std::move(query));
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  static std::vector<std::string> messages(const json& body) {
    std::vector<std::string> result;
    for (const json& item : body["items"]) result.push_back(item["message"].get<std::string>());
    return result;
  }

  ChangeFeed feed_;
};

TEST_F(ChangesApiTest, NothingIsKnown) {
  const json body = ask();
  EXPECT_TRUE(body["since"].is_null());
  EXPECT_TRUE(body["next"].is_null());
  EXPECT_THAT(body["items"], IsEmpty());
}

TEST_F(ChangesApiTest, PagesLeadToTheOldestAndOverlapNowhere) {
  feed_.known_since(at(0));
  for (int i = 1; i <= 7; ++i) feed_.record(line(i, "failed"));
  std::vector<std::string> seen;
  std::vector<std::pair<std::string, std::string>> query{{"limit", "3"}};
  for (int page = 0; page < 3; ++page) {
    const json body = ask(query);
    for (const std::string& message : messages(body)) seen.push_back(message);
    feed_.record(line(100 + page, "failed"));  // what comes meanwhile moves nothing
    if (body["next"].is_null()) break;
    query = {{"limit", "3"}, {"before", body["next"].get<std::string>()}};
  }
  EXPECT_THAT(seen, ElementsAre("7", "6", "5", "4", "3", "2", "1"));
  EXPECT_EQ(ask()["since"], "2026-01-01T00:00:00.000Z");
}

TEST_F(ChangesApiTest, FiltersBySubscriptionAndEvent) {
  feed_.record(line(1, "failed", 1));
  feed_.record(line(2, "freeze", 2));
  feed_.record(line(3, "finding", 1));
  EXPECT_THAT(messages(ask({{"subscription", subscription_id(1).text()}})), ElementsAre("3", "1"));
  EXPECT_THAT(messages(ask({{"event", "finding,freeze"}})), ElementsAre("3", "2"));
  EXPECT_THAT(messages(ask({{"event", "thaw"}})), IsEmpty());
  EXPECT_TRUE(ask({{"event", "freeze"}, {"limit", "1"}})["next"].is_null());
}

TEST_F(ChangesApiTest, AWrongParameterIsRefusedWithWhatIsRight) {
  for (const auto& [name, value, hint] :
       std::vector<std::array<std::string, 3>>{{"limit", "0", "at least 1"},
                                               {"limit", "501", "at most 500"},
                                               {"before", "yesterday", "`next`"},
                                               {"subscription", "x", "GUID"},
                                               {"event", "drift,nonsense", "finding_ended"}}) {
    const Response response = answer({{name, value}});
    EXPECT_EQ(response.status, 400) << name << " " << value;
    EXPECT_THAT(response.body, HasSubstr(hint));
  }
}

TEST_F(ChangesApiTest, ADriftHasItsActorAndDuration) {
  JournalLine applied = line(10, "applied");
  applied.name = "chat";
  applied.from = "off";
  applied.to = "on";
  applied.since = format_rfc3339(at(10));
  applied.as_declared = format_rfc3339(at(5));
  applied.declared_reason = "agreed";
  feed_.record(applied);
  JournalLine actor = line(12, "attributed");
  actor.since = applied.since;
  actor.actor_kind = "user";
  actor.actor = "eve";
  actor.client = "Azure portal";
  actor.happened = format_rfc3339(at(8));
  feed_.record(actor);
  const json body = ask();
  ASSERT_EQ(body["items"].size(), 2U);
  EXPECT_EQ(body["items"][1], json({{"at", "2026-01-01T00:10:00.000Z"},
                                    {"event", "drift"},
                                    {"subscriptionId", subscription_id(1).text()},
                                    {"name", "chat"},
                                    {"field", "plan"},
                                    {"from", "on"},
                                    {"to", "off"},
                                    {"since", "2026-01-01T00:10:00.000Z"},
                                    {"durationSeconds", 120},
                                    {"actor",
                                     {{"kind", "user"},
                                      {"name", "eve"},
                                      {"client", "Azure portal"},
                                      {"at", "2026-01-01T00:08:00.000Z"}}},
                                    {"why", "agreed"},
                                    {"message", "12"}}));
  EXPECT_EQ(body["items"][0]["result"], "applied");
  EXPECT_EQ(body["items"][0]["actor"]["name"], "eve");
  actor.actor_kind = "several";
  actor.actor = "eve or mallory";
  actor.actors = {"eve", "mallory"};
  feed_.record(actor);
  EXPECT_EQ(ask()["items"][0]["actor"]["names"], json({"eve", "mallory"}));
}

}  // namespace
}  // namespace defenderd
