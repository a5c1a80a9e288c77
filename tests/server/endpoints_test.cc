#include "server/endpoints.h"
#include "server/exposition_cache.h"
#include "server/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "telemetry/history.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;
using samples::declared;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class EndpointsTest : public testing::Test {
 protected:
  EndpointsTest() { allow_lifecycle(true); }

  void allow_lifecycle(bool allowed) {
    EndpointHooks hooks;
    hooks.healthy = [this] { return sick_; };
    hooks.ready = [this] { return not_ready_; };
    hooks.reload = [this] {
      ++reloads_;
      return reload_answer_;
    };
    hooks.reconcile = [this](std::optional<SubscriptionId> id) -> Result<Done> {
      reconciled_.push_back(id ? id->text() : "all");
      return Done{};
    };
    hooks.status = [this] { return status_; };
    hooks.now = [] { return at(10); };
    hooks.history = [this](SubscriptionId id) { return history_.of(id); };
    hooks.fleet_history = [] { return FleetHistory(); };
    hooks.changes = [] { return ChangeFeed::Snapshot(); };
    hooks.steady_now = [this] { return steady_; };
    routes_ = make_routes(board_, coverage_, findings_, metrics_, std::move(hooks),
                          {allowed, true, AllowedHosts("10.0.0.1", {"defenderd.example"})});
  }

  Response ask(std::string method, std::string path,
               std::vector<std::pair<std::string, std::string>> query = {},
               std::vector<std::pair<std::string, std::string>> headers = {}) {
    steady_ += ExpositionCache::kFresh;
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.headers = std::move(headers);
    if (request.header("Host").empty()) request.headers.emplace_back("Host", "localhost:8080");
    Response response = dispatch(routes_, request);
    if (response.shared) response.body = response.shared->text();
    return response;
  }
  json get_json(const std::string& path,
                std::vector<std::pair<std::string, std::string>> query = {}) {
    const Response response = ask("GET", path, std::move(query));
    EXPECT_EQ(response.content_type, "application/json");
    return json::parse(response.body);
  }

  // 1 in sync, 2 held, 3 failing, 4 not observed yet.
  void declare_four() {
    board_.set_desired(
        samples::state_of({declared(1, "alpha"), declared(2, "beta"), declared(3), declared(4)}),
        at(0));
    board_.record(samples::corrected(1), at(1), at(6), 0);
    board_.record(samples::withheld(2, Reason::DisableBrake), at(2), at(7), 0);
    board_.record(samples::failed(3, Reason::Forbidden, 403), at(3), at(8), 4);
  }
  static std::vector<std::string> names(const json& list) {
    std::vector<std::string> result;
    for (const json& item : list["items"]) result.push_back(item["name"]);
    return result;
  }

  StatusBoard board_;
  FakeClock clock_;
  FindingsBoard findings_{clock_};
  CoverageBoard coverage_;
  Metrics metrics_{board_, coverage_, {}};
  SteadyTime steady_;
  std::optional<std::string> sick_;
  std::optional<std::string> not_ready_;
  ReloadAnswer reload_answer_;
  int reloads_ = 0;
  std::vector<std::string> reconciled_;
  DaemonStatus status_;
  History history_;
  std::vector<Route> routes_;
};

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

std::string gunzip(std::string packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string result(4 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(stream.total_out);
  inflateEnd(&stream);
  return result;
}

TEST_F(EndpointsTest, ProbesSayWhyNot) {
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  EXPECT_EQ(ask("GET", "/healthz").body, "ok\n");
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  sick_ = "the loop has not stepped for 3m";
  not_ready_ = "no configuration\nyet";
  EXPECT_EQ(ask("GET", "/healthz").status, 503);
  EXPECT_EQ(ask("GET", "/healthz").body, "the loop has not stepped for 3m\n");
  EXPECT_EQ(ask("GET", "/readyz").status, 503);
  EXPECT_EQ(ask("GET", "/readyz").body, "no configuration yet\n");
}

TEST_F(EndpointsTest, MetricsSpeakWhatIsAskedFor) {
  EXPECT_THAT(ask("GET", "/metrics").content_type, StartsWith("text/plain; version=0.0.4"));
  const Response open = ask("GET", "/metrics", {}, {{"accept", "application/openmetrics-text"}});
  EXPECT_THAT(open.content_type, StartsWith("application/openmetrics-text; version=1.0.0"));
  EXPECT_TRUE(open.body.ends_with("# EOF\n"));
}

TEST_F(EndpointsTest, GzipOnRequestAlone) {
  declare_four();
  EXPECT_EQ(header(ask("GET", "/metrics"), "Content-Encoding"), "");
  EXPECT_EQ(header(ask("GET", "/metrics", {}, {{"Accept-Encoding", "br"}}), "Content-Encoding"),
            "");
  EXPECT_EQ(
      header(ask("GET", "/metrics", {}, {{"Accept-Encoding", "gzip;q=0"}}), "Content-Encoding"),
      "");
  const Response packed = ask("GET", "/metrics", {}, {{"Accept-Encoding", "br, gzip"}});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_THAT(header(packed, "Vary"), HasSubstr("Accept-Encoding"));
  EXPECT_THAT(gunzip(packed.body), HasSubstr("defenderd_subscriptions{state=\"held\"} 1\n"));
  const Response page = ask("GET", "/", {}, {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(header(page, "Content-Encoding"), "gzip");
  EXPECT_EQ(gunzip(page.body), ask("GET", "/").body);
}

// Compressed piece by piece: what comes out is what it was.
TEST(GzipTest, UnpacksToWhatWasAdded) {
  std::string text;
  for (unsigned n = 0; n < 300'000; ++n) text += static_cast<char>(n * 2654435761U >> 24U);
  GzipWriter pieces;
  for (std::size_t at = 0, size = 0; at < text.size(); at += size, size = size * 2 + 1)
    pieces.add(std::string_view(text).substr(at, size));
  EXPECT_TRUE(gunzip(pieces.finish()) == text);
  EXPECT_TRUE(gunzip(gzip(text)) == text);
  EXPECT_EQ(gunzip(gzip("")), "");
}

TEST_F(EndpointsTest, StatusCountsTheFleet) {
  declare_four();
  status_.version = "1.2.3";
  status_.last_sweep = at(4);
  status_.config_error = "config.yaml:3:1: bad";
  status_.config_error_since = at(5);
  status_.restart_needed = {"server.listen", "log.format"};
  status_.quotas = {{"subscription-reads", 749}};
  status_.credential = {"client_certificate", at(60), true};
  const json status = get_json("/api/v1/status");
  EXPECT_EQ(status["subscriptions"], 4);
  EXPECT_EQ(status["byState"]["held"], 1);
  EXPECT_EQ(status["byState"]["suspended"], 0);
  EXPECT_EQ(status["byReason"]["Forbidden"], 1);
  EXPECT_EQ(status["now"], "2026-01-01T00:10:00.000Z");
  EXPECT_EQ(status["lastSweep"], "2026-01-01T00:04:00.000Z");
  EXPECT_TRUE(status["nextSweep"].is_null());
  EXPECT_EQ(status["retries"], (json{{"subscriptions", 1}, {"next", "2026-01-01T00:10:00.000Z"}}))
      << "it was due before now";
  EXPECT_EQ(status["config"]["error"], "config.yaml:3:1: bad");
  EXPECT_EQ(status["config"]["errorSince"], "2026-01-01T00:05:00.000Z");
  EXPECT_EQ(status["config"]["restartNeeded"], json({"server.listen", "log.format"}));
  EXPECT_EQ(status["quotas"][0]["remaining"], 749);
  EXPECT_EQ(status["credential"]["kind"], "client_certificate");
  EXPECT_EQ(status["credential"]["expires"], "2026-01-01T01:00:00.000Z");
  EXPECT_EQ(status["credential"]["needsAttention"], true);
  EXPECT_EQ(status["suspensions"], (json{{"active", 0}, {"ending", 0}, {"expired", 0}}));
  EXPECT_EQ(status["freeTrials"], (json{{"active", 0}, {"ending", 0}, {"firstEnd", nullptr}}));
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["lifecycle"], true);
}

TEST_F(EndpointsTest, SubscriptionsComeWorstFirst) {
  declare_four();
  const json list = get_json("/api/v1/subscriptions");
  EXPECT_EQ(list["total"], 4);
  EXPECT_EQ(list["matched"], 4);
  EXPECT_THAT(names(list), ElementsAre("sub-3", "beta", "sub-4", "alpha"));
  const json& held = list["items"][1];
  EXPECT_EQ(held["id"], subscription_id(2).text());
  EXPECT_EQ(held["state"], "held");
  EXPECT_EQ(held["stateSince"], "2026-01-01T00:02:00.000Z");
  EXPECT_EQ(held["reason"], "DisableBrake");
  EXPECT_EQ(held["desired"], (json{{"plan", "on"}, {"promptEvidence", "on"}}));
  EXPECT_EQ(held["observed"], (json{{"plan", "on"}, {"promptEvidence", "off"}}));
  EXPECT_EQ(held["drift"][0]["field"], "promptEvidence");
  EXPECT_EQ(held["drift"][0]["observed"], "off");
  EXPECT_TRUE(list["items"][2]["observed"].is_null());
  EXPECT_EQ(list["items"][3]["lastChange"], "2026-01-01T00:01:00.000Z");
}

struct Query {
  std::string description;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::string> names;
  int matched;
};

void PrintTo(const Query& query, std::ostream* out) { *out << query.description; }

class QueryTest : public EndpointsTest, public testing::WithParamInterface<Query> {};

TEST_P(QueryTest, Selects) {
  declare_four();
  const json list = get_json("/api/v1/subscriptions", GetParam().query);
  EXPECT_EQ(names(list), GetParam().names);
  EXPECT_EQ(list["matched"], GetParam().matched);
  EXPECT_EQ(list["total"], 4);
}

INSTANTIATE_TEST_SUITE_P(
    All, QueryTest,
    testing::Values(Query{"by state", {{"state", "held"}}, {"beta"}, 1},
                    Query{"by states", {{"state", "held, in_sync"}}, {"beta", "alpha"}, 2},
                    Query{"by a part of the name, in any case", {{"q", "BET"}}, {"beta"}, 1},
                    Query{"by a part of the id", {{"q", "00000003"}}, {"sub-3"}, 1},
                    Query{"by the reason", {{"q", "forbid"}}, {"sub-3"}, 1},
                    Query{"text and state", {{"q", "sub"}, {"state", "unknown"}}, {"sub-4"}, 1},
                    Query{"nothing found", {{"q", "zzz"}}, {}, 0},
                    Query{"a page", {{"limit", "2"}, {"offset", "1"}}, {"beta", "sub-4"}, 4},
                    Query{"the last page", {{"limit", "3"}, {"offset", "3"}}, {"alpha"}, 4},
                    Query{"beyond the end", {{"offset", "100"}}, {}, 4},
                    Query{"no rows", {{"limit", "0"}}, {}, 4}));

TEST_F(EndpointsTest, ClientsFollowTheBoardByItsRevision) {
  declare_four();
  const json before = get_json("/api/v1/status");
  const std::string since = before["boardRevision"].dump();
  EXPECT_EQ(get_json("/api/v1/subscriptions", {{"since", since}})["items"].size(), 0U);
  board_.record(samples::in_sync(4), at(5), at(10), 0);
  const json changed = get_json("/api/v1/subscriptions", {{"since", since}});
  EXPECT_THAT(names(changed), ElementsAre("sub-4"));
  EXPECT_EQ(changed["desiredRevision"], before["desiredRevision"]);
  EXPECT_GT(changed["boardRevision"], before["boardRevision"]);
  board_.set_desired(samples::state_of({declared(1)}), at(6));
  EXPECT_EQ(get_json("/api/v1/status")["desiredRevision"],
            get_json("/api/v1/status")["boardRevision"]);
}

TEST_F(EndpointsTest, BadQueriesSayWhatIsExpected) {
  const auto error = [&](std::string key, std::string value) {
    const Response response = ask("GET", "/api/v1/subscriptions", {{key, value}});
    EXPECT_EQ(response.status, 400) << key << "=" << value;
    return json::parse(response.body)["error"].get<std::string>();
  };
  EXPECT_THAT(error("state", "broken"), HasSubstr("in_sync, drifted, held"));
  EXPECT_THAT(error("limit", "10001"), HasSubstr("at most 10000"));
  EXPECT_THAT(error("limit", "-1"), HasSubstr("whole number"));
  EXPECT_THAT(error("offset", "1x"), HasSubstr("whole number"));
}

TEST_F(EndpointsTest, DetailsOfOneSubscription) {
  DesiredSubscription mine = declared(2, "beta");
  mine.owner = "platform";
  mine.suspend = Suspension{at(90), "tenant move", "ops"};
  board_.set_desired(samples::state_of({mine}), at(0));
  Outcome outcome = samples::withheld(2, Reason::Suspended);
  outcome.observed->extensions.push_back({"New", std::nullopt, "Maybe"});
  board_.record(outcome, at(2), at(7), 0);
  const json one = get_json("/api/v1/subscriptions/" + subscription_id(2).text());
  EXPECT_EQ(one["owner"], "platform");
  EXPECT_EQ(one["suspend"]["until"], "2026-01-01T01:30:00.000Z");
  EXPECT_EQ(one["declaredExtensions"], (json{{"AIPromptEvidence", "on"}}));
  EXPECT_EQ(one["observedExtensions"], (json{{"AIPromptEvidence", "off"}, {"New", "Maybe"}}));
  EXPECT_EQ(one["pendingChanges"][0]["result"], "withheld");
  ASSERT_EQ(one["conditions"].size(), 3U);
  EXPECT_EQ(one["conditions"][1]["type"], "InSync");
  EXPECT_EQ(one["conditions"][1]["status"], "False");
  EXPECT_EQ(one["conditions"][1]["reason"], "Suspended");
  EXPECT_EQ(one["conditions"][1]["lastTransitionTime"], "2026-01-01T00:02:00.000Z");
  EXPECT_EQ(one["nextDue"], "2026-01-01T00:07:00.000Z");
}

TEST_F(EndpointsTest, UnknownSubscriptions) {
  EXPECT_EQ(ask("GET", "/api/v1/subscriptions/" + subscription_id(9).text()).status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/subscriptions/nonsense").status, 400);
}

TEST_F(EndpointsTest, MarkupIsData) {
  board_.set_desired(samples::state_of({declared(1, "<script>alert(\"1\")</script>")}), at(0));
  const Response response = ask("GET", "/api/v1/subscriptions");
  EXPECT_EQ(json::parse(response.body)["items"][0]["name"], "<script>alert(\"1\")</script>");
  EXPECT_EQ(response.content_type, "application/json");
}

TEST_F(EndpointsTest, LifecycleIsOffUnlessAllowed) {
  allow_lifecycle(false);
  for (const char* path : {"/-/reload", "/-/reconcile", "/-/freeze", "/-/thaw"}) {
    EXPECT_EQ(ask("POST", path).status, 403);
    EXPECT_THAT(ask("POST", path).body, HasSubstr("server.lifecycle: true"));
    EXPECT_EQ(ask("GET", path).status, 405);
  }
  EXPECT_EQ(reloads_, 0);
  EXPECT_TRUE(reconciled_.empty());
}

TEST_F(EndpointsTest, ReloadTellsHowItWent) {
  using Kind = ReloadAnswer::Kind;
  EXPECT_EQ(ask("POST", "/-/reload").status, 200);
  EXPECT_EQ(ask("POST", "/-/reload").body, "reloaded\n");
  for (const auto& [kind, status] :
       {std::pair(Kind::Refused, 422), {Kind::Waiting, 202}, {Kind::Busy, 409}}) {
    reload_answer_ = {kind, "subscriptions.yaml: why"};
    EXPECT_EQ(ask("POST", "/-/reload").status, status);
    EXPECT_EQ(ask("POST", "/-/reload").body, "subscriptions.yaml: why\n");
  }
  EXPECT_EQ(reloads_, 8);
}

TEST_F(EndpointsTest, ReconcileOneOrAll) {
  declare_four();
  EXPECT_EQ(ask("POST", "/-/reconcile").status, 202);
  EXPECT_EQ(ask("POST", "/-/reconcile", {{"subscription", subscription_id(1).text()}}).status, 202);
  EXPECT_EQ(ask("POST", "/-/reconcile", {{"subscription", subscription_id(9).text()}}).status, 404);
  EXPECT_EQ(ask("POST", "/-/reconcile", {{"subscription", "x"}}).status, 400);
  EXPECT_THAT(reconciled_, ElementsAre("all", subscription_id(1).text()));
}

// Another site's name that was made to resolve to our address (DNS rebinding).
TEST_F(EndpointsTest, OtherNamesReachMetricsAndProbesAlone) {
  declare_four();
  const std::string one = "/api/v1/subscriptions/" + subscription_id(1).text();
  for (const std::string& path :
       {std::string("/"), std::string("/app.js"), std::string("/api/v1/status"),
        std::string("/api/v1/subscriptions"), one}) {
    const Response refused = ask("GET", path, {}, {{"Host", "evil.example:8080"}});
    EXPECT_EQ(refused.status, 421) << path;
    EXPECT_THAT(refused.body, HasSubstr("evil.example:8080")) << path;
    EXPECT_THAT(refused.body, HasSubstr("server.allowedHosts")) << path;
    for (const char* host : {"localhost", "127.0.0.1:9", "[::1]:8080", "10.0.0.1:8080",
                             "defenderd.example", "DEFENDERD.example.:443"})
      EXPECT_EQ(ask("GET", path, {}, {{"Host", host}}).status, 200) << path << " " << host;
  }
  EXPECT_EQ(ask("POST", "/-/reload", {}, {{"Host", "evil.example"}}).status, 421);
  EXPECT_EQ(ask("POST", "/-/reconcile", {}, {{"Host", "evil.example"}}).status, 421);
  EXPECT_EQ(reloads_, 0);
  for (const char* path : {"/metrics", "/healthz", "/readyz"})
    EXPECT_EQ(ask("GET", path, {}, {{"Host", "evil.example"}}).status, 200) << path;
}

TEST_F(EndpointsTest, NoHostIsNoHostOfOurs) {
  Request request;
  request.path = "/api/v1/status";
  EXPECT_EQ(dispatch(routes_, request).status, 400);
  request.path = "/healthz";
  EXPECT_EQ(dispatch(routes_, request).status, 200);
}

TEST_F(EndpointsTest, OtherSitesCannotPressTheButtons) {
  const auto status = [&](std::vector<std::pair<std::string, std::string>> headers) {
    headers.emplace_back("Host", "10.0.0.1:8080");
    return ask("POST", "/-/reload", {}, std::move(headers)).status;
  };
  EXPECT_EQ(status({{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(status({{"Sec-Fetch-Site", "same-site"}}), 403);
  EXPECT_EQ(status({{"Origin", "https://elsewhere.example"}}), 403);
  EXPECT_EQ(status({{"Origin", "null"}}), 403);
  EXPECT_EQ(reloads_, 0);
  EXPECT_EQ(status({{"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_EQ(status({{"Origin", "http://10.0.0.1:8080"}}), 200);
}

}  // namespace
}  // namespace defenderd
