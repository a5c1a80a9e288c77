// poll.strategy: resourceGraph, as who runs the daemon meets it.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "e2e/world.h"

namespace defenderd {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// More than are read directly at once.
constexpr unsigned kMany = 320;

class BulkObservationTest : public World {
 protected:
  BulkObservationTest() {
    for (unsigned n = 1; n <= kMany; ++n)
      azure_.add(subscription(n, true, {{"AIModelScanner", false}}));
    observe_by("resourceGraph");
    declare(kMany);
  }
  void observe_by(const std::string& strategy) const {
    // The inspection of AI accounts queries the graph too.
    std::string text = settings("findings: {enabled: off}\n");
    const std::string head = "poll: {";
    text.insert(text.find(head) + head.size(), "strategy: " + strategy + ", fullInterval: 7d, ");
    write("settings.yaml", text);
  }
  void declare(unsigned last, const std::string& rest = "plan: on") const {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= last; ++n) entries.push_back("id: " + id(n) + ", " + rest);
    write("desired.yaml", desired(entries));
  }
  static bool wait_in_sync(const DaemonProcess& daemon, unsigned count) {
    return daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                              std::to_string(count));
  }
  static json get(const DaemonProcess& daemon, const std::string& path) {
    return json::parse(daemon.get(path).body);
  }
  [[nodiscard]] json row(const DaemonProcess& daemon, unsigned n) const {
    return get(daemon, "/api/v1/subscriptions/" + id(n));
  }
};

TEST_F(BulkObservationTest, TheFleetIsSeenByAFewQueries) {
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kMany)) << daemon->output();
  ASSERT_TRUE(daemon->wait_output("first sweep completed")) << daemon->output();
  EXPECT_THAT(daemon->output(), HasSubstr("Azure Resource Graph is queried every 30s, each "
                                          "subscription is read directly every 7d"));
  EXPECT_EQ(daemon->get("/readyz").status, 200);
  EXPECT_LE(azure_.counters().reads, 2U) << "spread over seven days";
  ASSERT_TRUE(daemon->wait_metric("defenderd_graph_queries_total{result=\"success\"} 2"));
  ASSERT_TRUE(daemon->wait_metric("defenderd_graph_unanswered_subscriptions 0"));
  const json seen = row(*daemon, kMany);
  EXPECT_EQ(seen["observedBy"], "graph");
  EXPECT_EQ(seen["observed"]["plan"], "on");
  EXPECT_TRUE(seen["lastObservedDirectly"].is_null());
  EXPECT_FALSE(seen["nextDue"].is_null());
  EXPECT_THAT(daemon->get("/metrics").body,
              HasSubstr("defenderd_subscriptions_observed{by=\"graph\"} 3"));
  // The pass ends after what it has shown shows.
  ASSERT_TRUE(daemon->wait_get("/api/v1/status", "\"graph\":{\"lastPass\":\"20"));
  EXPECT_EQ(get(*daemon, "/api/v1/status")["graph"]["subscriptions"], kMany);
  EXPECT_EQ(daemon->post("/-/reconcile?subscription=" + id(kMany)).status, 202);
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= 1; }));
}

TEST_F(BulkObservationTest, ADriftIsReadDirectlyAndCorrected) {
  azure_.update(id(7), [](armsim::Subscription& it) { it.plan.on = false; });
  azure_.update(id(8), [](armsim::Subscription& it) { it.in_graph = false; });
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kMany)) << daemon->output();
  EXPECT_TRUE(azure_.plan(id(7)).on);
  EXPECT_EQ(azure_.counters().writes, 1U);
  EXPECT_LE(azure_.counters().reads, 5U) << "two for the one, one for the other, chance";
  EXPECT_EQ(row(*daemon, 7)["observedBy"], "direct");
  EXPECT_EQ(row(*daemon, 8)["observedBy"], "direct");
}

TEST_F(BulkObservationTest, WhatTheGraphDoesNotShowOfExtensionsIsRead) {
  azure_.set_behaviour([](armsim::Behaviour& it) { it.graph_shows_extensions = false; });
  azure_.update(id(7), [](armsim::Subscription& it) { it.plan.set("AIPromptEvidence", true); });
  declare(kMany, "plan: on, promptEvidence: off");
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kMany)) << daemon->output();
  EXPECT_FALSE(azure_.plan(id(7)).has_on("AIPromptEvidence"));
  EXPECT_GE(azure_.counters().reads, kMany) << "each was asked about";
  EXPECT_EQ(row(*daemon, 7)["observedBy"], "direct");
}

TEST_F(BulkObservationTest, NothingIsWrittenForWhatOnlyTheGraphShows) {
  azure_.set_behaviour([](armsim::Behaviour& it) { it.graph_lag = std::chrono::hours(30); });
  for (unsigned n = 1; n <= kMany; n += 2) {
    azure_.update(id(n), [](armsim::Subscription& it) { it.plan.set("AIPromptEvidence", true); });
  }
  declare(kMany, "plan: on, promptEvidence: on");
  for (unsigned n = 2; n <= kMany; n += 2) {
    azure_.update(id(n), [](armsim::Subscription& it) { it.plan.set("AIPromptEvidence", true); });
  }
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kMany)) << daemon->output();
  EXPECT_EQ(azure_.counters().writes, 0U);
  EXPECT_GE(azure_.counters().reads, kMany) << "each was asked about";
}

TEST_F(BulkObservationTest, WithoutAnAnswerAllIsReadDirectlyAndTold) {
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Graph, 403, "AccessDenied", "no graph").repeated(0));
  azure_.update(id(7), [](armsim::Subscription& it) { it.plan.on = false; });
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kMany)) << daemon->output();
  EXPECT_TRUE(azure_.plan(id(7)).on);
  ASSERT_TRUE(daemon->wait_output("WARN  graph_unavailable")) << daemon->output();
  EXPECT_THAT(daemon->output(), HasSubstr("320 of 320 subscriptions are read directly meanwhile"));
  ASSERT_TRUE(daemon->wait_metric("defenderd_graph_unanswered_subscriptions 320"));
  const json graph = get(*daemon, "/api/v1/status")["graph"];
  EXPECT_EQ(graph["unanswered"], kMany);
  EXPECT_THAT(graph["message"].get<std::string>(), HasSubstr("no graph"));
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_observed{by=\"direct\"} 320"));
}

TEST_F(BulkObservationTest, AnEditOfTheStrategyCountsAtOnce) {
  observe_by("direct");
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kMany)) << daemon->output();
  EXPECT_EQ(azure_.counters().graph_queries, 0U);
  EXPECT_TRUE(get(*daemon, "/api/v1/status")["graph"].is_null());
  observe_by("resourceGraph");
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_observed{by=\"graph\"} 320"))
      << daemon->output();
  observe_by("direct");
  ASSERT_TRUE(daemon->wait_output("the settings were reloaded")) << daemon->output();
  // Each within poll.interval, which is 30 seconds here.
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_observed{by=\"direct\"} 320"))
      << daemon->output();
  EXPECT_TRUE(get(*daemon, "/api/v1/status")["graph"].is_null());
  EXPECT_THAT(daemon->output(), Not(HasSubstr("graph_unavailable")));
}

}  // namespace
}  // namespace defenderd
