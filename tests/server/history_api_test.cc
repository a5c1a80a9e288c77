#include "server/history_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;
using namespace std::chrono_literals;

const WallTime kNow = samples::kStart + 40 * 24h + 10h + 30min;

json ask(const FleetHistory& history, const std::string& days) {
  Request request;
  request.path = "/api/v1/history";
  if (!days.empty()) request.query = {{"days", days}};
  const Response response = api_history(history, request, kNow);
  EXPECT_EQ(response.status, 200);
  return json::parse(response.body);
}

TEST(HistoryApi, StepsAreHoursOfAWeekOrSixHoursOfAMonth) {
  const json week = ask({}, "");
  EXPECT_EQ(week["step"], "PT1H");
  EXPECT_EQ(week["from"], "2026-02-03T11:00:00.000Z") << "168 steps, with the present one";
  EXPECT_EQ(week["until"], "2026-02-10T10:30:00.000Z");
  const json month = ask({}, "30");
  EXPECT_EQ(month["step"], "PT6H");
  EXPECT_EQ(month["from"], "2026-01-11T12:00:00.000Z") << "120 steps, with the present one";
  Request bad;
  bad.query = {{"days", "8"}};
  EXPECT_EQ(api_history({}, bad, kNow).status, 400);
}

TEST(HistoryApi, AnEmptyWeekIsNotCalm) {
  const json empty = ask({}, "7");
  EXPECT_EQ(empty["complete"], false);
  EXPECT_TRUE(empty["sharesSince"].is_null());
  EXPECT_TRUE(empty["eventsSince"].is_null());

  FleetHistory known;
  known.shares = {{kNow - 7 * 24h + 59min, 1, 0, 0}, {kNow, 1, 0, 0}};
  known.events.since = kNow - 8 * 24h;
  EXPECT_EQ(ask(known, "7")["complete"], true);
  EXPECT_EQ(ask(known, "30")["complete"], false);
  known.events.since = kNow - 2h;
  EXPECT_EQ(ask(known, "7")["complete"], false);
  EXPECT_EQ(ask(known, "7")["eventsSince"], "2026-02-10T08:30:00.000Z");
}

TEST(HistoryApi, SharesAreTheLastOfTheirStep) {
  FleetHistory history;
  history.shares = {
      {kNow - 20 * 24h, 1, 0, 0}, {kNow - 9h, 2, 0, 0}, {kNow - 8h, 3, 1, 2}, {kNow, 4, 0, 0}};
  const json week = ask(history, "7");
  ASSERT_EQ(week["shares"].size(), 3U);
  EXPECT_EQ(week["shares"][1], json({{"at", "2026-02-10T02:30:00.000Z"},
                                     {"asDeclared", 3},
                                     {"different", 1},
                                     {"notKnown", 2}}));
  const json month = ask(history, "30");
  ASSERT_EQ(month["shares"].size(), 3U) << "two are of one step";
  EXPECT_EQ(month["shares"][1]["asDeclared"], 3);
}

TEST(HistoryApi, EventsAreAddedUpWithinAStep) {
  FleetHistory history;
  const auto hour = std::chrono::floor<std::chrono::hours>(kNow);
  history.events.hours = {{hour - 30 * 24h, {9, 9, 9, 9, 9}},
                          {hour - 4h, {1, 2, 3, 4, 5}},
                          {hour - 3h, {1, 1, 1, 1, 1}},
                          {hour + 1h, {9, 9, 9, 9, 9}}};
  const json week = ask(history, "7");
  ASSERT_EQ(week["events"].size(), 2U) << "neither older nor to come";
  EXPECT_EQ(week["events"][0]["from"], "2026-02-10T06:00:00.000Z");
  const json month = ask(history, "30");
  ASSERT_EQ(month["events"].size(), 1U);
  EXPECT_EQ(month["events"][0], json({{"from", "2026-02-10T06:00:00.000Z"},
                                      {"drifts", 2},
                                      {"corrections", 3},
                                      {"failures", 4},
                                      {"withheld", 5},
                                      {"edits", 6}}));
}

TEST(HistoryApi, IncidentsAreThoseOfTheTimeAndTheOldestIsFirst) {
  FleetHistory history;
  Incident incident{{Reason::Timeout, "Azure Resource Manager"}, kNow - 8 * 24h, 0, 12, "why"};
  history.active = {incident};
  incident.since = kNow - 10 * 24h;
  history.ended = {{incident, kNow - 9 * 24h}, {incident, kNow - 1h}};
  const json week = ask(history, "7");
  ASSERT_EQ(week["incidents"].size(), 2U) << "one had ended before";
  EXPECT_EQ(week["incidents"][0]["endedAt"], "2026-02-10T09:30:00.000Z");
  EXPECT_EQ(week["incidents"][1], json({{"reason", "Timeout"},
                                        {"subject", "Azure Resource Manager"},
                                        {"startedAt", "2026-02-02T10:30:00.000Z"},
                                        {"subscriptions", 12},
                                        {"message", "why"}}));
  EXPECT_EQ(ask(history, "30")["incidents"].size(), 3U);
}

}  // namespace
}  // namespace defenderd
