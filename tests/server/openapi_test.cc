// Holds deploy/openapi.json against the answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "server/endpoints.h"
#include "server/page_files.h"
#include "server/requests.h"
#include "server/schema.h"
#include "source_dir.h"
#include "support/fake_clock.h"
#include "telemetry/history.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;
using samples::declared;
using testing::IsEmpty;

class OpenApiTest : public testing::Test {
 protected:
  OpenApiTest() {
    std::ifstream(std::string(DEFENDERD_SOURCE_DIR) + "/deploy/openapi.json") >> document_;
    EndpointHooks hooks;
    hooks.healthy = [] { return std::nullopt; };
    hooks.ready = [] { return std::nullopt; };
    hooks.reload = [] { return ReloadAnswer(); };
    hooks.reconcile = [](std::optional<SubscriptionId>) -> Result<Done> { return Done{}; };
    hooks.freeze = [](const Freeze&) -> Result<FreezeAnswer> { return FreezeAnswer{}; };
    hooks.thaw = [](const ThawOrder&) -> Result<FreezeAnswer> { return FreezeAnswer{}; };
    hooks.status = [this] { return status_; };
    hooks.now = [] { return at(10); };
    hooks.history = [this](SubscriptionId id) { return history_.of(id); };
    hooks.fleet_history = [this] { return fleet_history_; };
    hooks.changes = [this] { return changes_.snapshot(); };
    hooks.steady_now = [] { return SteadyTime(); };
    routes_ = make_routes(board_, coverage_, findings_, metrics_, std::move(hooks),
                          {true, true, AllowedHosts("127.0.0.1", {})});
  }

  // Everything that a row can say.
  void declare_everything() {
    DesiredSubscription full = declared(1);
    full.tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
    full.reason = "why";
    full.owner = "who";
    full.source = "subscriptions.yaml:3";
    full.suspend = Suspension{at(90), "move", "ops"};
    DesiredSubscription off = declared(4);
    off.plan = false;
    board_.set_desired(samples::state_of({full, declared(2), declared(3), off, declared(5)}),
                       at(0));
    board_.set_tags({{.id = full.id, .tags = {{"env", "prod"}}}});
    Outcome changed = samples::corrected(1);
    changed.switched_on_by_service = {"New"};
    changed.observed->coverage = "FullyCovered";
    changed.observed->free_trial_remaining = "PT0S";
    board_.record(changed, at(1), at(6), 0);
    board_.record(samples::withheld(2, Reason::DisableBrake), at(2), at(7), 0);
    board_.record(samples::failed(3, Reason::Forbidden, 403), at(3), std::nullopt, 3);
    JournalLine line;
    line.subscription_id = full.id.text();
    line.time = "2026-01-01T00:00:00.000Z";
    line.field = "plan";
    line.from = "off";
    line.to = "on";
    for (const std::string result : {"applied", "withheld", "failed", "unknown", "finding"}) {
      line.result = result;
      history_.record(line);
      changes_.record(line);
      line.reason = to_text(Reason::Timeout);
      line.message = "why";
      line.resource = "/subscriptions/x";
      line.maybe_applied = true;
      line.request_id = line.correlation_id = line.client_request_id = "id";
    }
    CoverageSnapshot seen;
    seen.known = true;
    for (const CoverageReason reason : kAllCoverageReasons) {
      const auto n = static_cast<unsigned>(seen.rows.size() + 50);
      seen.rows.push_back({subscription_id(n), "<b>", {}, "Enabled", reason, "why", at(3)});
    }
    seen.rows[0].home = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
    seen.last_success = at(4);
    coverage_.set(seen);
    Inspection inspection{.accounts = {{.account = {"/subscriptions/x/accounts/chat", "chat"}}}};
    inspection.accounts[0].denied = "x/read";
    inspection.accounts[0].deployments = {{"gpt", "gpt-4.1", "lenient"}};
    findings_.set_inspection(full.id, inspection);
    FindingsSnapshot found;
    found.last_round = at(4);
    for (const FindingKind kind : kAllFindingKinds) {
      Finding finding{.kind = kind, .subscription = full.id, .subscription_name = "<b>"};
      finding.owner = "who";
      finding.resource = "/subscriptions/x";
      finding.since = at(2);
      finding.modified = {"eve", at(1)};
      found.findings.push_back(finding);
    }
    found.findings[0].accepted = AcceptedFinding{.reason = "why", .until = at(99)};
    findings_.set(found);
    status_.last_sweep = status_.next_sweep = status_.config_loaded = at(4);
    status_.token_expires = at(60);
    status_.quotas = {{"subscription-reads", 7}};
    status_.graph = DaemonStatus::Graph{at(4), 9, 3, "no answer"};
    status_.waves = {{0, 3, 1, 1}, {7, 2, 2, 0}};
    status_.rollout_stopped = "why";
    status_.restart_needed = {"server.listen"};
    status_.freezes = {{.freeze = {.reason = "<b>", .by = "who"}, .in_force = true, .since = at(2)},
                       {.freeze = {.reason = "later", .owners = {"us"}, .source = "s.yaml:4"},
                        .next = at(50),
                        .ends = at(60)}};
    board_.seen_by_graph({full.id}, at(5));
    status_.sweep = SweepStatus{true, at(0), 2};
    happen(full);
  }

  // Everything that the history and the feed can say.
  void happen(const DesiredSubscription& desired) {
    const Incident incident{{Reason::Timeout, "Azure Resource Manager"}, at(1), 12, 12, "why"};
    fleet_history_ = {{{at(4), 1, 2, 3}}, {at(0), {{at(0), {1, 2, 3, 4, 5}}}}, {incident}, {}};
    fleet_history_.ended = {{incident, at(3)}};
    changes_.known_since(at(0));
    JournalLine line;
    line.time = format_rfc3339(at(4));
    line.result = "applied";
    line.subscription_id = desired.id.text();
    line.name = desired.name;
    line.field = "plan";
    line.from = "off";
    line.to = "on";
    line.since = format_rfc3339(at(3));
    line.as_declared = format_rfc3339(at(1));
    line.declared_reason = "agreed";
    line.by = "alice";
    line.confirmed = "3f2a91bc";
    line.commit = "4f2c9d1";
    line.replica = "pod-1";
    line.request_id = "r";
    changes_.record(line);
    line.result = "attributed";
    line.as_declared.clear();
    line.actor_kind = "user";
    line.actor = "eve";
    line.client = "Azure portal";
    line.happened = format_rfc3339(at(2));
    changes_.record(line);
    line.actor_kind = "several";
    line.actors = {"eve", "mallory"};
    for (const ChangeEvent event : kAllChangeEvents) {
      line.result = to_text(event);
      changes_.record(line);
    }
  }

  // The answer, held against what the document says of `path` for this status.
  void check(const std::string& path, Request request, int status) {
    if (request.headers.empty()) request.headers = {{"Host", "localhost"}};
    const Response response = dispatch(routes_, request);
    ASSERT_EQ(response.status, status) << path;
    const json& described = document_["paths"][path][to_lower(request.method)]["responses"];
    ASSERT_TRUE(described.contains(std::to_string(status))) << path << " " << status;
    const json& content = described[std::to_string(status)]["content"];
    const std::string type = response.content_type.substr(0, response.content_type.find(';'));
    ASSERT_TRUE(content.contains(type)) << path << " answers " << type;
    if (type != "application/json") return;
    EXPECT_THAT(schema_errors(document_, content[type]["schema"], json::parse(response.body)),
                IsEmpty())
        << path;
  }
  void check_get(const std::string& path, const std::string& asked, int status,
                 std::vector<std::pair<std::string, std::string>> query = {}) {
    check(path, get_request(asked, std::move(query)), status);
  }

  json document_;
  StatusBoard board_;
  FakeClock clock_;
  FindingsBoard findings_{clock_};
  CoverageBoard coverage_;
  Metrics metrics_{board_, coverage_, {}};
  DaemonStatus status_;
  History history_;
  ChangeFeed changes_;
  FleetHistory fleet_history_;
  std::vector<Route> routes_;
};

TEST_F(OpenApiTest, AnswersAreAsDescribed) {
  const std::string list = "/api/v1/subscriptions";
  for (const bool empty : {true, false}) {
    if (!empty) declare_everything();
    check_get("/api/v1/status", "/api/v1/status", 200);
    check_get(list, list, 200);
    check_get("/api/v1/undeclared", "/api/v1/undeclared", 200);
    check_get("/api/v1/findings", "/api/v1/findings", 200);
    for (const std::string days : {"7", "30"})
      check_get("/api/v1/history", "/api/v1/history", 200, {{"days", days}});
    check_get("/api/v1/changes", "/api/v1/changes", 200);
    check_get("/api/v1/changes", "/api/v1/changes", 200, {{"limit", "1"}});
    for (const auto& row : board_.snapshot().rows) {
      check_get(list + "/{id}", list + "/" + row->desired->id.text(), 200);
    }
  }
  check_get(list, list, 400, {{"state", "nonsense"}});
  check_get("/api/v1/history", "/api/v1/history", 400, {{"days", "8"}});
  check_get("/api/v1/changes", "/api/v1/changes", 400, {{"before", "then"}});
  check_get("/api/v1/undeclared", "/api/v1/undeclared", 400, {{"limit", "all"}});
  check_get("/api/v1/findings", "/api/v1/findings", 400, {{"finding", "Nonsense"}});
  check_get("/api/v1/findings", "/api/v1/findings", 400, {{"accepted", "maybe"}});
  check_get(list + "/{id}", list + "/nonsense", 400);
  check_get(list + "/{id}", list + "/" + subscription_id(99).text(), 404);
  for (const std::string path : {"/metrics", "/healthz", "/readyz"}) check_get(path, path, 200);
  Request press;
  press.method = "POST";
  press.path = "/-/reload";
  check("/-/reload", press, 200);
  press.path = "/-/reconcile";
  check("/-/reconcile", press, 202);
  press.path = "/-/freeze";
  check("/-/freeze", press, 400);
  press.query = {{"reason", "r"}};
  check("/-/freeze", press, 200);
  press.path = "/-/thaw";
  check("/-/thaw", press, 200);
  press.query.clear();
  check("/-/thaw", press, 400);
  press.body = "{}";
  check("/-/thaw", press, 415);
  check("/-/freeze", press, 415);
  press.body.clear();
  press.path = "/-/reconcile";
  press.headers = {{"Host", "elsewhere.example"}};
  check("/-/reconcile", press, 421);
  press.method = "GET";
  press.path = list;
  check(list, press, 421);
}

TEST_F(OpenApiTest, TheDaemonServesTheDocument) {
  check_get("/openapi.json", "/openapi.json", 200);
  Request request = get_request("/openapi.json");
  request.headers = {{"Host", "localhost"}};
  EXPECT_EQ(json::parse(dispatch(routes_, request).body), document_);
  request.headers.emplace_back("Accept-Encoding", "gzip");
  const Response packed = dispatch(routes_, request);
  EXPECT_THAT(packed.headers, testing::Contains(testing::Pair("Content-Encoding", "gzip")));
  EXPECT_LT(packed.body.size(), 32U << 10U);
  request.headers = {{"Host", "elsewhere.example"}};
  check("/openapi.json", request, 421);
  request.headers.clear();
  request.method = "POST";
  EXPECT_EQ(dispatch(routes_, request).status, 405);
}

TEST_F(OpenApiTest, EveryPathIsDescribedAndNoOther) {
  std::set<std::string> served;
  for (Route& route : routes_) {
    std::string path = route.path;
    if (path.ends_with("/*")) path.replace(path.size() - 1, 1, "{id}");
    served.insert(to_lower(route.method) + " " + path);
  }
  for (const PageFile& file : page_files()) {
    served.erase("get " + std::string(file.path == "/index.html" ? "/" : file.path));
  }
  std::set<std::string> described;
  for (const auto& [path, methods] : document_["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) described.insert(method + " " + path);
  }
  EXPECT_EQ(served, described);
}

TEST_F(OpenApiTest, StatesAndReasonsAreComplete) {
  json states = json::array();
  for (const State state : kAllStates) states.push_back(to_text(state));
  json reasons = json::array();
  for (const Reason reason : all_reasons()) reasons.push_back(to_text(reason));
  EXPECT_EQ(document_["components"]["schemas"]["State"]["enum"], states);
  EXPECT_EQ(document_["components"]["schemas"]["Reason"]["enum"], reasons);
}

TEST_F(OpenApiTest, EventsOfTheFeedAreComplete) {
  json events = json::array();
  for (const ChangeEvent event : kAllChangeEvents) events.push_back(to_text(event));
  EXPECT_EQ(document_["components"]["schemas"]["ChangeItem"]["properties"]["event"]["enum"],
            events);
}

// A validator that finds nothing wrong would let everything above pass.
TEST_F(OpenApiTest, ValidatorFindsWhatIsWrong) {
  const json& error = document_["components"]["schemas"]["Error"];
  EXPECT_THAT(schema_errors(document_, error, {{"error", "x"}}), IsEmpty());
  EXPECT_EQ(schema_errors(document_, error, {{"error", 1}}).size(), 1U);
  EXPECT_EQ(schema_errors(document_, error, json::object()).size(), 1U);
  EXPECT_EQ(schema_errors(document_, error, {{"error", "x"}, {"more", "y"}}).size(), 1U);
  EXPECT_EQ(schema_errors(document_, error, json::array()).size(), 1U);
  const json condition = {{"type", "Insync"},
                          {"status", "True"},
                          {"reason", "AsDeclared"},
                          {"message", ""},
                          {"lastTransitionTime", "yesterday"}};
  EXPECT_EQ(
      schema_errors(document_, document_["components"]["schemas"]["Condition"], condition).size(),
      2U);
}

}  // namespace
}  // namespace defenderd
