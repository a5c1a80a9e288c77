#include "server/findings_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/requests.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;
using testing::ElementsAre;

Response ask(const FindingsSnapshot& found,
             std::vector<std::pair<std::string, std::string>> query = {}) {
  return api_findings(found, get_request("/api/v1/findings", std::move(query)));
}

std::vector<std::string> names(const Response& response) {
  std::vector<std::string> result;
  const json body = json::parse(response.body);
  for (const json& item : body["items"]) result.push_back(item["name"].get<std::string>());
  return result;
}

FindingsSnapshot three() {
  FindingsSnapshot found;
  for (int n = 1; n <= 3; ++n) {
    Finding finding;
    finding.kind = FindingKind::AccountSwitchedOff;
    finding.subscription = subscription_id(n);
    finding.subscription_name = "sub-" + std::to_string(n);
    finding.since = at(n);
    found.findings.push_back(finding);
  }
  found.findings[0].kind = FindingKind::ContentFilterOptedOut;
  found.findings[0].modified.by = "Eve";
  found.findings[2].accepted = AcceptedFinding{};
  found.findings[2].accepted->reason = "why";
  return found;
}

TEST(FindingsApi, TheNewestIsFirstAndWhatIsAcceptedLast) {
  const Response all = ask(three());
  EXPECT_THAT(names(all), ElementsAre("sub-2", "sub-1", "sub-3"));
  const json body = json::parse(all.body);
  EXPECT_EQ(body["total"], 3);
  EXPECT_EQ(body["items"][2]["accepted"]["reason"], "why");
  EXPECT_EQ(body["items"][1]["lastModified"]["by"], "Eve");
  EXPECT_TRUE(body["lastRound"].is_null());
}

TEST(FindingsApi, SaysHowFarTheInspectionIs) {
  FindingsSnapshot found;
  EXPECT_TRUE(json::parse(ask(found).body)["round"].is_null());
  found.round = FindingsSnapshot::Round{.subscriptions = 300, .left = 288};
  json body = json::parse(ask(found).body);
  EXPECT_EQ(body["round"], (json{{"subscriptions", 300}, {"inspected", 12}}));
  EXPECT_TRUE(body["nextRound"].is_null());
  found.round.reset();
  found.last_round = at(5);
  found.next_round = at(365);
  body = json::parse(ask(found).body);
  EXPECT_EQ(body["lastRound"], "2026-01-01T00:05:00.000Z");
  EXPECT_EQ(body["nextRound"], "2026-01-01T06:05:00.000Z");
}

TEST(FindingsApi, IsFiltered) {
  EXPECT_THAT(names(ask(three(), {{"q", "EVE"}})), ElementsAre("sub-1"));
  EXPECT_THAT(names(ask(three(), {{"finding", "AccountSwitchedOff"}})),
              ElementsAre("sub-2", "sub-3"));
  EXPECT_THAT(names(ask(three(), {{"finding", "AccountSwitchedOff, ContentFilterOptedOut"}})),
              ElementsAre("sub-2", "sub-1", "sub-3"));
  EXPECT_THAT(names(ask(three(), {{"accepted", "true"}})), ElementsAre("sub-3"));
  EXPECT_THAT(names(ask(three(), {{"accepted", "false"}})), ElementsAre("sub-2", "sub-1"));
  EXPECT_THAT(names(ask(three(), {{"limit", "1"}, {"offset", "1"}})), ElementsAre("sub-1"));
  EXPECT_EQ(ask(three(), {{"finding", "Nonsense"}}).status, 400);
  EXPECT_EQ(ask(three(), {{"accepted", "maybe"}}).status, 400);
  EXPECT_EQ(ask(three(), {{"limit", "all"}}).status, 400);
}

}  // namespace
}  // namespace defenderd
