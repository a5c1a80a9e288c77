// A restart forgets nothing that was reported: after a stop, after a crash, and into an outage.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/world.h"

namespace defenderd {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kFleet = 20;

class RestartTest : public World {
 protected:
  // 1 is only observed and drifts, 2 may not be read, 3 needs a correction; the others are as
  // declared. Nothing declares 50.
  RestartTest() {
    configure("journal: {file: " + path("journal.jsonl") + "}\n");
    for (unsigned n = 1; n <= kFleet; ++n) azure_.add(subscription(n, n != 3));
    azure_.add(subscription(50, true));
    forbid();
    declare(kFleet);
  }
  void configure(const std::string& more) const { write("settings.yaml", settings(more)); }
  void forbid() {
    armsim::Fault fault =
        armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed", "no")
            .repeated(0);
    fault.subscription = id(2);
    azure_.inject(fault);
  }
  void declare(unsigned count) const {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= count; ++n) {
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) +
                        (n == 1 ? ", plan: off, mode: observe" : ", plan: on"));
    }
    write("desired.yaml", desired(entries));
  }
  static void stop(DaemonProcess& daemon, int signal) {
    daemon.signal(signal);
    ASSERT_EQ(daemon.wait_exit(), signal == SIGTERM ? 0 : 128 + signal);
  }
  [[nodiscard]] bool wait_saved(const DaemonProcess& daemon, const std::string& text) const {
    return daemon.wait_body("/healthz", [&](const std::string&) {
      std::ifstream in(path("state.json"));
      const std::string saved{std::istreambuf_iterator<char>(in), {}};
      return saved.find(text) != std::string::npos;
    });
  }
  // What a reader of the API and the metrics sees of each subscription, without what every
  // observation changes.
  static std::map<std::string, json> reported(const DaemonProcess& daemon) {
    std::map<std::string, json> rows;
    const json list = json::parse(daemon.get("/api/v1/subscriptions?limit=1000").body);
    for (const json& item : list["items"]) {
      json row =
          json::parse(daemon.get("/api/v1/subscriptions/" + item["id"].get<std::string>()).body);
      for (const char* const passing : {"lastObserved", "lastAttempt", "lastObservedDirectly",
                                        "nextDue", "consecutiveFailures", "trace"})
        row.erase(passing);
      rows.emplace(row["name"], row);
    }
    return rows;
  }
  // Since when each state lasts, and when each was last changed.
  static std::vector<std::string> times(const DaemonProcess& daemon) {
    std::istringstream in(daemon.get("/metrics").body);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("defenderd_subscription_state_since_timestamp_seconds{") ||
          line.starts_with("defenderd_subscription_last_change_timestamp_seconds{"))
        lines.push_back(line);
    }
    return lines;
  }
  static json status(const DaemonProcess& daemon) {
    return json::parse(daemon.get("/api/v1/status").body);
  }
  static bool wait_swept(const DaemonProcess& daemon) { return daemon.wait_output("first_sweep"); }
};

TEST_F(RestartTest, EverythingIsAsItWasReported) {
  auto daemon = run();
  ASSERT_TRUE(wait_swept(*daemon)) << daemon->output();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_undeclared 1")) << daemon->output();
  declare(kFleet - 5);
  ASSERT_TRUE(daemon->wait_output("5 of 20 subscriptions were removed")) << daemon->output();
  const auto before = reported(*daemon);
  ASSERT_EQ(before.size(), kFleet - 5);
  EXPECT_NE(before.at("sub-3").at("lastChange"), json());
  const std::vector<std::string> times_before = times(*daemon);
  ASSERT_EQ(times_before.size(), kFleet - 5 + 1) << "a state of each, and one change";
  const json departed = status(*daemon)["departed"];
  const json undeclared = json::parse(daemon->get("/api/v1/undeclared").body)["items"];
  for (const int signal : {SIGTERM, SIGKILL}) {
    // A crash loses the last five seconds at most.
    ASSERT_TRUE(wait_saved(*daemon, "\"departures\":[{\"at\""));
    stop(*daemon, signal);
    daemon = run();
    ASSERT_TRUE(wait_swept(*daemon)) << daemon->output();
    const auto after = reported(*daemon);
    for (const auto& [name, row] : before) EXPECT_EQ(after.at(name), row) << name;
    EXPECT_EQ(times(*daemon), times_before);
    EXPECT_EQ(status(*daemon)["departed"], departed);
    EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 5"));
    EXPECT_TRUE(daemon->wait_body("/api/v1/undeclared", [&](const std::string& body) {
      return json::parse(body)["items"] == undeclared;
    })) << daemon->get("/api/v1/undeclared").body;
    EXPECT_THAT(daemon->output(), Not(HasSubstr("undeclared"))) << "it is no news";
  }
  // The journal has one line for what is withheld, whatever the number of restarts.
  DaemonProcess journal({"journal", "--config", path("settings.yaml")}, credentials());
  ASSERT_EQ(journal.wait_exit(), 0);
  const std::string lines = journal.output();
  const std::size_t first = lines.find("withheld");
  ASSERT_NE(first, std::string::npos) << lines;
  EXPECT_EQ(lines.find("withheld", first + 1), std::string::npos) << lines;
}

TEST_F(RestartTest, IntoAnOutageKeepsWhatWasKnown) {
  auto daemon = run();
  ASSERT_TRUE(wait_swept(*daemon)) << daemon->output();
  const auto before = reported(*daemon);
  stop(*daemon, SIGTERM);
  azure_.inject(armsim::Fault::answer(armsim::Operation::Read, 503, "ServiceUnavailable", "down")
                    .repeated(0));
  daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_known{value=\"not_known\"} 20"));
  ASSERT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"ServerError\"} 1"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions_last_known{value=\"as_declared\"} 18"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions_last_known{value=\"different\"} 1"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions_last_known{value=\"never_seen\"} 1"));
  const json since = status(*daemon)["incidents"][0]["since"];
  const auto during = reported(*daemon);
  EXPECT_EQ(during.at("sub-1").at("drift"), before.at("sub-1").at("drift"));
  EXPECT_EQ(during.at("sub-1").at("observed"), before.at("sub-1").at("observed"));
  EXPECT_EQ(during.at("sub-3").at("lastChanges"), before.at("sub-3").at("lastChanges"));

  // The incident goes on over a second restart, and ends once.
  ASSERT_TRUE(wait_saved(*daemon, "\"incidents\":[{\"reason\""));
  stop(*daemon, SIGTERM);
  daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_incident_subscriptions{reason=\"ServerError\"} 19"))
      << daemon->output();
  EXPECT_EQ(status(*daemon)["incidents"][0]["since"], since);
  EXPECT_THAT(daemon->output(), Not(HasSubstr("\"incident\""))) << "it was reported";
  azure_.clear_faults();
  forbid();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"ServerError\"} 0"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 18"));
}

TEST_F(RestartTest, AnIncidentCountsThoseBeforeTheRestartUntilTheyAreObserved) {
  const auto fail_reads = [&](const armsim::Fault& fault) {
    azure_.clear_faults();
    azure_.inject(fault.repeated(0));
  };
  fail_reads(armsim::Fault::answer(armsim::Operation::Read, 503, "ServiceUnavailable", "down"));
  auto daemon = run();
  const std::string all = "defenderd_incident_subscriptions{reason=\"ServerError\"} 20";
  ASSERT_TRUE(daemon->wait_metric(all)) << daemon->output();
  EXPECT_EQ(status(*daemon)["incidents"][0]["beforeRestart"], false);
  stop(*daemon, SIGTERM);
  fail_reads(armsim::Fault::throttle(armsim::Operation::Read, "600"));
  daemon = run();
  ASSERT_TRUE(daemon->wait_body("/metrics", [](const std::string& body) {
    return body.find("defenderd_arm_throttled_total 0") == std::string::npos;
  })) << daemon->output();
  EXPECT_TRUE(daemon->wait_metric(all)) << daemon->output();
  const json incident = status(*daemon)["incidents"][0];
  EXPECT_EQ(incident["subscriptions"], 20);
  EXPECT_EQ(incident["beforeRestart"], true);
}

TEST_F(RestartTest, WhatLeavesTheListMeanwhileIsReported) {
  auto daemon = run();
  ASSERT_TRUE(wait_swept(*daemon)) << daemon->output();
  stop(*daemon, SIGTERM);
  declare(8);
  daemon = run();
  ASSERT_TRUE(
      daemon->wait_output("12 of 20 subscriptions were removed from the desired state "
                          "while defenderd was not running"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 12"));
  EXPECT_EQ(azure_.counters().writes, 1U) << "the correction of the first run";
  stop(*daemon, SIGTERM);
  declare(kFleet);
  daemon = run();
  ASSERT_TRUE(daemon->wait_output("12 subscriptions that had been removed")) << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 0"));
}

TEST_F(RestartTest, ADamagedStateIsMovedAsideAndSaysWhatIsForgotten) {
  auto daemon = run();
  ASSERT_TRUE(wait_swept(*daemon)) << daemon->output();
  stop(*daemon, SIGTERM);
  write("state.json",
        "{\"version\":1,\"saved\":\"2026-01-01T00:00:00Z\",\"sections\":"
        "{\"subscriptions\":{\"inSync\":[0]}}}");
  daemon = run();
  ASSERT_TRUE(daemon->wait_output("its data about the subscriptions cannot be parsed"))
      << daemon->output();
  EXPECT_THAT(daemon->output(), HasSubstr("state.json.damaged"));
  ASSERT_TRUE(wait_swept(*daemon)) << daemon->output();
  EXPECT_TRUE(std::filesystem::exists(path("state.json.damaged")));
}

}  // namespace
}  // namespace defenderd
