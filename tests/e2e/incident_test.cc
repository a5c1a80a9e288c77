// An outage that hits many subscriptions is reported once, and what was known stays known.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/world.h"

namespace defenderd {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

constexpr unsigned kFleet = 300;

class IncidentTest : public World {
 protected:
  // The first is not declared as it is, and only observed.
  IncidentTest() {
    write("settings.yaml", settings());
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kFleet; ++n) {
      azure_.add(subscription(n, true));
      const std::string name = "sub-" + std::to_string(n);
      entries.push_back("id: " + id(n) + ", name: " + name +
                        (n == 1 ? ", plan: off, mode: observe" : ", plan: on"));
    }
    write("desired.yaml", desired(entries));
  }
  // All are observed, and then ARM answers each read with 503.
  void begin_outage(const DaemonProcess& daemon) {
    ASSERT_TRUE(daemon.wait_output("299 of 300 are as declared, 1 differs")) << daemon.output();
    azure_.inject(armsim::Fault::answer(armsim::Operation::Read, 503, "ServiceUnavailable", "down")
                      .repeated(0));
    ASSERT_EQ(daemon.post("/-/reconcile").status, 202);
    ASSERT_TRUE(daemon.wait_metric("defenderd_incident_subscriptions{reason=\"ServerError\"} 300"))
        << daemon.output();
  }
  static std::size_t lines_with(const std::string& output, const std::string& word) {
    std::istringstream lines(output);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);)
      count += line.find(word) != std::string::npos ? 1 : 0;
    return count;
  }
  static json status(const DaemonProcess& daemon) {
    return json::parse(daemon.get("/api/v1/status").body);
  }
};

TEST_F(IncidentTest, AnOutageIsOneMessageAndWhatWasKnownStaysKnown) {
  const auto daemon = run();
  ASSERT_NO_FATAL_FAILURE(begin_outage(*daemon));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions_known{value=\"not_known\"} 300"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions_last_known{value=\"as_declared\"} 299"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions_last_known{value=\"different\"} 1"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"ServerError\"} 1"));
  EXPECT_EQ(daemon->get("/metrics").body.find("defenderd_subscription_drift{"), std::string::npos)
      << "what is not known is no drift";
  const json known = status(*daemon)["known"];
  EXPECT_EQ(known, json::parse(R"({"asDeclared": 0, "different": 0, "notKnown": 300,
      "lastKnown": {"asDeclared": 299, "different": 1, "neverSeen": 0}})"));
  const json incidents = status(*daemon)["incidents"];
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0]["reason"], "ServerError");
  EXPECT_EQ(incidents[0]["concerns"], "Azure Resource Manager");
  EXPECT_EQ(incidents[0]["subscriptions"], kFleet);
  EXPECT_EQ(incidents[0]["examples"].size(), 5U);
  EXPECT_EQ(lines_with(daemon->output(), " failed "), 10U) << daemon->output();
  EXPECT_EQ(lines_with(daemon->output(), " incident "), 2U) << "at 11 and at 110";
  const json one = json::parse(daemon->get("/api/v1/subscriptions/" + id(2)).body);
  EXPECT_EQ(one["known"], "not_known");
  EXPECT_EQ(one["lastKnown"], "as_declared");

  azure_.clear_faults();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_known{value=\"as_declared\"} 299"));
  EXPECT_TRUE(daemon->wait_output("incident ended (ServerError, Azure Resource Manager)"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"ServerError\"} 0"));
  EXPECT_TRUE(status(*daemon)["incidents"].empty());
  EXPECT_LE(lines_with(daemon->output(), " recovered "), 10U);
  EXPECT_EQ(lines_with(daemon->output(), " incident "), 3U);
}

TEST_F(IncidentTest, AnOutageThatShowsItselfInAnotherWayIsOneIncident) {
  const auto daemon = run();
  ASSERT_NO_FATAL_FAILURE(begin_outage(*daemon));
  const json before = status(*daemon)["incidents"];
  ASSERT_EQ(before.size(), 1U);

  azure_.clear_faults();
  azure_.inject(
      armsim::Fault::of(armsim::FaultKind::DropBeforeEffect, armsim::Operation::Read).repeated(0));
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(daemon->wait_output("the reason was ServerError; now 300 subscriptions fail"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"ConnectionFailed\"} 1"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"ServerError\"} 0"));
  const json after = status(*daemon)["incidents"];
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0]["reason"], "ConnectionFailed");
  EXPECT_EQ(after[0]["since"], before[0]["since"]);
  EXPECT_EQ(lines_with(daemon->output(), " incident "), 3U) << "at 11, at 110, and the change";
}

TEST_F(IncidentTest, ADiffInAnOutageSaysThatNothingIsKnown) {
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed", "no").repeated(0));
  DaemonProcess diff({"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
                     credentials());
  EXPECT_EQ(diff.wait_exit(), 3);
  EXPECT_THAT(diff.output(),
              AllOf(HasSubstr("not readable (Forbidden): 300 subscriptions ("),
                    HasSubstr("Plan: 0 subscriptions to change, 0 in sync, 300 not readable\n")));
  EXPECT_LT(lines_with(diff.output(), ""), 8U) << diff.output();
}

}  // namespace
}  // namespace defenderd
