#include "server/coverage_api.h"

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
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMarkup = "<img src=x onerror=\"alert(1)\">";

CoverageRow row(unsigned n, std::string name, CoverageReason reason, int minute) {
  CoverageRow result;
  result.id = subscription_id(n);
  result.name = std::move(name);
  result.state = reason == CoverageReason::NotEnabled ? "Disabled" : "Enabled";
  result.reason = reason;
  result.message = "why";
  result.first_seen = at(minute);
  return result;
}

CoverageSnapshot five() {
  CoverageSnapshot snapshot;
  snapshot.known = true;
  snapshot.rows = {
      row(1, "off", CoverageReason::NotEnabled, 9), row(2, "older", CoverageReason::NotDeclared, 1),
      row(3, "newer", CoverageReason::ScopesDisagree, 5),
      row(4, kMarkup, CoverageReason::LeftScope, 3), row(5, "gone", CoverageReason::OutOfSight, 8)};
  snapshot.rows[1].home = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  snapshot.undeclared = 3;
  snapshot.scopes = 2;
  snapshot.covered = 7;
  snapshot.disagreed = 1;
  snapshot.left = 2;
  snapshot.last_success = at(9);
  return snapshot;
}

json ask(const CoverageSnapshot& coverage,
         std::vector<std::pair<std::string, std::string>> query = {}) {
  const Response response =
      api_undeclared(coverage, get_request("/api/v1/undeclared", std::move(query)));
  EXPECT_EQ(response.content_type, "application/json");
  return json::parse(response.body);
}

std::vector<std::string> names(const json& list) {
  std::vector<std::string> result;
  for (const json& item : list["items"]) result.push_back(item["name"]);
  return result;
}

TEST(UndeclaredApiTest, BeforeTheFirstAnswerNothingIsKnown) {
  const json list = ask({});
  EXPECT_EQ(list["known"], false);
  EXPECT_EQ(list["lastSuccess"], nullptr);
  EXPECT_EQ(list["error"], "");
  EXPECT_EQ(list["total"], 0);
  EXPECT_THAT(list["items"], IsEmpty());
}

TEST(UndeclaredApiTest, CountsAndTellsEachWithItsReason) {
  CoverageSnapshot coverage = five();
  coverage.error = "the first\nthe second";
  const json list = ask(coverage);
  EXPECT_EQ(list["known"], true);
  EXPECT_EQ(list["undeclared"], 3);
  EXPECT_EQ(list["scopes"], 2);
  EXPECT_EQ(list["covered"], 7);
  EXPECT_EQ(list["disagreed"], 1);
  EXPECT_EQ(list["left"], 2);
  EXPECT_EQ(list["lastSuccess"], "2026-01-01T00:09:00.000Z");
  EXPECT_EQ(list["error"], "the first\nthe second");
  EXPECT_EQ(list["total"], 5);
  EXPECT_EQ(list["matched"], 5);
  EXPECT_EQ(list["items"][2], (json{{"id", subscription_id(2).text()},
                                    {"name", "older"},
                                    {"tenantId", "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"},
                                    {"state", "Enabled"},
                                    {"reason", "NotDeclared"},
                                    {"message", "why"},
                                    {"firstSeen", "2026-01-01T00:01:00.000Z"}}));
  EXPECT_EQ(list["items"][0]["tenantId"], nullptr);
}

TEST(UndeclaredApiTest, WhatWaitsForSomeoneComesFirstAndTheNewestOfIt) {
  EXPECT_THAT(names(ask(five())), ElementsAre("newer", kMarkup, "older", "off", "gone"));
}

struct Query {
  const char* what;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> names;
  int matched;
};
void PrintTo(const Query& query, std::ostream* out) { *out << query.what; }

class UndeclaredQueryTest : public testing::TestWithParam<Query> {};

TEST_P(UndeclaredQueryTest, Finds) {
  const json list = ask(five(), GetParam().parameters);
  EXPECT_EQ(names(list), GetParam().names);
  EXPECT_EQ(list["matched"], GetParam().matched);
  EXPECT_EQ(list["total"], 5) << "all that there are, whatever was looked for";
  EXPECT_EQ(list["undeclared"], 3);
}

INSTANTIATE_TEST_SUITE_P(
    All, UndeclaredQueryTest,
    testing::Values(Query{"a part of the name, in any case", {{"q", " OLD"}}, {"older"}, 1},
                    Query{"a part of the id", {{"q", "00000003"}}, {"newer"}, 1},
                    Query{"the reason", {{"q", "leftscope"}}, {kMarkup}, 1},
                    Query{"the state", {{"q", "disab"}}, {"off"}, 1},
                    Query{"markup", {{"q", "<IMG"}}, {kMarkup}, 1},
                    Query{"nothing found", {{"q", "zzz"}}, {}, 0},
                    Query{"a page", {{"limit", "2"}, {"offset", "1"}}, {kMarkup, "older"}, 5},
                    Query{"beyond the end", {{"offset", "9"}}, {}, 5},
                    Query{"none of them", {{"limit", "0"}}, {}, 5}));

TEST(UndeclaredApiTest, BadParametersSayWhatIsExpected) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"limit", "all"}, {"limit", "10001"}, {"offset", "-1"}}) {
    const Response response =
        api_undeclared(five(), get_request("/api/v1/undeclared", {{name, value}}));
    EXPECT_EQ(response.status, 400) << name << "=" << value;
    EXPECT_THAT(response.body, HasSubstr(name));
  }
}

}  // namespace
}  // namespace defenderd
