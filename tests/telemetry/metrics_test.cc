#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;
using samples::declared;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class MetricsTest : public testing::Test {
 protected:
  void declare(const std::vector<DesiredSubscription>& subscriptions) {
    board_.set_desired(samples::state_of(subscriptions), at(0));
  }
  void record(const Outcome& outcome) { board_.record(outcome, at(1), std::nullopt, 0); }
  std::string text() const { return metrics_.render(ExpositionFormat::Prometheus); }

  StatusBoard board_;
  CoverageBoard coverage_;
  Metrics metrics_{board_, coverage_, {SubscriptionSeries::All, "1.2.3", "abc"}};
};

std::string labels(int n) {
  return "{subscription_id=\"" + subscription_id(n).text() + "\",name=\"sub-" + std::to_string(n) +
         "\"";
}

TEST_F(MetricsTest, InfoHasWhatIsDeclaredForPeople) {
  DesiredSubscription one = declared(1);
  one.owner = "team \"a\"";
  one.mode = Mode::Observe;
  one.tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  declare({one, declared(2)});
  EXPECT_THAT(text(), HasSubstr("\ndefenderd_subscription_info" + labels(1) +
                                ",owner=\"team \\\"a\\\"\",mode=\"observe\",tenant_id="
                                "\"1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("\ndefenderd_subscriptions_by_mode{mode=\"observe\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("\ndefenderd_subscriptions_by_mode{mode=\"enforce\"} 1\n"));
}

TEST_F(MetricsTest, CoverageIsCountedAsAzureSays) {
  declare({declared(1), declared(2), declared(3), declared(4), declared(5)});
  int n = 0;
  for (const char* const coverage :
       {"FullyCovered", "fullycovered", "PartiallyCovered", "New", ""}) {
    Outcome outcome = samples::in_sync(++n);
    outcome.observed->coverage = coverage;
    record(outcome);
  }
  const std::string all = text();
  for (const char* const sample : {R"({coverage="full"} 2)", R"({coverage="partial"} 1)",
                                   R"({coverage="none"} 0)", R"({coverage="other"} 1)"}) {
    EXPECT_THAT(all,
                HasSubstr(std::string("\ndefenderd_subscriptions_by_coverage") + sample + "\n"));
  }
}

TEST_F(MetricsTest, TheFirstAccessTokenToExpireIsACredential) {
  const auto tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  DesiredSubscription elsewhere = declared(2);
  elsewhere.tenant = tenant;
  declare({declared(1), elsewhere});
  EXPECT_THAT(text(), Not(HasSubstr("credential_expiry_timestamp_seconds{")));
  metrics_.token_expires(std::nullopt, at(60));
  metrics_.token_expires(tenant, at(30));
  metrics_.credential_expires("client_certificate", at(90));
  metrics_.credential_expires("of another kind", at(90));
  const std::string name = "\ndefenderd_credential_expiry_timestamp_seconds";
  EXPECT_THAT(text(), HasSubstr(name + "{credential=\"access_token\"} 1767227400" + name +
                                "{credential=\"client_certificate\"} 1767231000\n"));
  metrics_.credential_expires("access_token", at(1));  // what a token's file says itself
  EXPECT_THAT(text(), HasSubstr(name + "{credential=\"access_token\"} 1767225660\n"));
}

TEST_F(MetricsTest, StateOfASubscription) {
  declare({declared(1)});
  record(samples::withheld(1, Reason::DisableBrake));
  const std::string all = text();
  for (const std::string& line : {
           "defenderd_subscription_in_sync" + labels(1) + "} 0",
           "defenderd_subscription_state" + labels(1) + R"(,state="held",reason="DisableBrake"} 1)",
           "defenderd_subscription_state_since_timestamp_seconds" + labels(1) + "} 1767225660",
           "defenderd_subscription_info" + labels(1) +
               R"(,owner="",mode="enforce",tenant_id=""} 1)",
           "defenderd_plan_enabled" + labels(1) + ",source=\"desired\"} 1",
           "defenderd_plan_enabled" + labels(1) + ",source=\"observed\"} 1",
           "defenderd_prompt_evidence_enabled" + labels(1) + ",source=\"desired\"} 1",
           "defenderd_prompt_evidence_enabled" + labels(1) + ",source=\"observed\"} 0",
           "defenderd_subscription_drift" + labels(1) +
               R"(,field="promptEvidence",mode="enforce"} 1)",
           "defenderd_subscription_last_observed_timestamp_seconds" + labels(1) +
               ",by=\"direct\"} 1767225660",
           std::string("defenderd_subscriptions{state=\"held\"} 1"),
           std::string("defenderd_subscriptions{state=\"in_sync\"} 0"),
           std::string("defenderd_subscriptions_by_reason{reason=\"DisableBrake\"} 1"),
       }) {
    EXPECT_THAT(all, HasSubstr("\n" + line + "\n"));
  }
  EXPECT_THAT(all, Not(HasSubstr("last_change_timestamp_seconds{")));
}

TEST_F(MetricsTest, TellsByWhichWayEachWasSeen) {
  declare({declared(1), declared(2), declared(3), declared(4)});
  for (const int n : {1, 2, 3}) record(samples::in_sync(n));
  board_.seen_by_graph({subscription_id(2), subscription_id(3), subscription_id(9)}, at(7));
  board_.record(samples::in_sync(3), at(8), std::nullopt, 0);
  const std::string all = text();
  for (const char* const line : {"{by=\"direct\"} 2", "{by=\"graph\"} 1", "{by=\"none\"} 1"}) {
    EXPECT_THAT(all, HasSubstr(std::string("\ndefenderd_subscriptions_observed") + line + "\n"));
  }
  const std::string seen = "\ndefenderd_subscription_last_observed_timestamp_seconds";
  EXPECT_THAT(all, HasSubstr(seen + labels(2) + ",by=\"direct\"} 1767225660\n"));
  EXPECT_THAT(all, HasSubstr(seen + labels(2) + ",by=\"graph\"} 1767226020\n"));
  EXPECT_THAT(all, Not(HasSubstr(seen + labels(1) + ",by=\"graph\"}")));
}

TEST_F(MetricsTest, CountsWhatTheGraphIsWorth) {
  metrics_.graph_queried(true);
  metrics_.graph_queried(false);
  metrics_.graph_passed(300);
  metrics_.graph_disagreed();
  const std::string all = text();
  for (const char* const line :
       {"queries_total{result=\"success\"} 1", "queries_total{result=\"failure\"} 1",
        "unanswered_subscriptions 300", "disagreements_total 1"}) {
    EXPECT_THAT(all, HasSubstr(std::string("\ndefenderd_graph_") + line + "\n"));
  }
}

TEST_F(MetricsTest, WhatLeavesTheYamlLeavesTheMetrics) {
  declare({declared(1), declared(2)});
  record(samples::corrected(1));
  EXPECT_THAT(text(), HasSubstr(subscription_id(1).text()));
  declare({declared(2)});
  EXPECT_THAT(text(), Not(HasSubstr(subscription_id(1).text())));
  EXPECT_THAT(text(), HasSubstr(subscription_id(2).text()));
}

TEST_F(MetricsTest, NamesCannotBreakTheFormat) {
  declare({declared(1, "a\"} 1\nforged{x=\"\\")});
  EXPECT_THAT(text(), HasSubstr(R"(name="a\"} 1\nforged{x=\"\\"} 0)"));
}

TEST_F(MetricsTest, WhatIsNotManagedOrNotKnownHasNoSample) {
  DesiredSubscription unmanaged = declared(1);
  unmanaged.extensions.clear();
  DesiredSubscription off = declared(2);
  off.plan = false;
  declare({unmanaged, off});
  Outcome strange = samples::in_sync(1);
  strange.observed->tier = Tier::Other;
  record(strange);
  EXPECT_THAT(text(), Not(HasSubstr("evidence_enabled" + labels(1) + ",source=\"desired\"")));
  EXPECT_THAT(text(), Not(HasSubstr("evidence_enabled" + labels(2) + ",source=\"desired\"")));
  EXPECT_THAT(text(), Not(HasSubstr("plan_enabled" + labels(1) + ",source=\"observed\"")));
  EXPECT_THAT(text(), Not(HasSubstr("plan_enabled" + labels(2) + ",source=\"observed\"")));
}

TEST_F(MetricsTest, AggregatesAloneOnRequest) {
  const Metrics aggregates(board_, coverage_, {SubscriptionSeries::None, "1.2.3", "abc"});
  declare({declared(1)});
  const std::string all = aggregates.render(ExpositionFormat::Prometheus);
  EXPECT_THAT(all, HasSubstr("defenderd_subscriptions{state=\"unknown\"} 1\n"));
  EXPECT_THAT(all, Not(HasSubstr("subscription_id")));
}

int series_of(const std::string& text, int n) {
  int series = 0;
  for (std::size_t at = 0; (at = text.find(subscription_id(n).text(), at)) != std::string::npos;
       ++at) {
    ++series;
  }
  return series;
}

TEST_F(MetricsTest, AtMostSixteenSeriesPerSubscription) {
  DesiredSubscription full = declared(1);
  full.extensions = {{"AUnknown", true},
                     {std::string(kModelScanner), true},
                     {std::string(kPromptEvidence), true},
                     {std::string(kPurviewSharing), true},
                     {"Unknown", true}};
  declare({full});
  Outcome worst = samples::corrected(1);
  worst.drift_left = diff(full, samples::pricing(true, false));
  ASSERT_EQ(worst.drift_left.size(), 5U);
  record(worst);
  EXPECT_EQ(series_of(text(), 1), 14);
  worst.drift_left = diff(full, samples::pricing(false, false));
  ASSERT_EQ(worst.drift_left.size(), 6U);
  record(worst);
  EXPECT_EQ(series_of(text(), 1), 15);
  board_.seen_by_graph({subscription_id(1)}, at(7));
  EXPECT_EQ(series_of(text(), 1), 16);
}

TEST_F(MetricsTest, CountsReconciles) {
  metrics_.reconciled(samples::in_sync(1), milliseconds(80));
  metrics_.reconciled(samples::corrected(1), milliseconds(800));
  metrics_.reconciled(samples::withheld(1, Reason::Contested), milliseconds(80));
  metrics_.reconciled(samples::failed(1, Reason::Forbidden, 403), milliseconds(80));
  const std::string all = text();
  for (const std::string line : {
           R"(defenderd_reconciles_total{result="in_sync"} 1)",
           R"(defenderd_reconciles_total{result="corrected"} 1)",
           R"(defenderd_reconciles_total{result="panic"} 0)",
           R"(defenderd_reconcile_failures_total{reason="Forbidden"} 1)",
           R"(defenderd_drift_detected_total{field="promptEvidence"} 2)",
           R"(defenderd_corrections_total{field="promptEvidence",result="applied"} 1)",
           R"(defenderd_corrections_total{field="plan",result="failed"} 0)",
           R"(defenderd_changes_withheld_total{reason="Contested"} 1)",
           R"(defenderd_reconcile_duration_seconds_bucket{le="0.1"} 3)",
           R"(defenderd_reconcile_duration_seconds_bucket{le="1.0"} 4)",
           R"(defenderd_reconcile_duration_seconds_bucket{le="+Inf"} 4)",
           R"(defenderd_reconcile_duration_seconds_count 4)",
       }) {
    EXPECT_THAT(all, HasSubstr("\n" + line + "\n"));
  }
}

TEST_F(MetricsTest, CountsRequestsToArm) {
  metrics_.arm_answered(ArmOperation::Read, 200, milliseconds(40));
  metrics_.arm_answered(ArmOperation::Write, 418, milliseconds(40));
  metrics_.arm_answered(ArmOperation::Write, 99999, milliseconds(40));
  metrics_.arm_silent(ArmOperation::List, ArmSilence::Tls, milliseconds(40));
  metrics_.throttled();
  metrics_.rate_limit_remaining("X-Ms-Ratelimit-Remaining-Subscription-Resource-Requests", 749);
  metrics_.rate_limit_remaining("x-ms-ratelimit-remaining-of-the-future", 3);
  metrics_.token_requested(true);
  const std::string all = text();
  for (const std::string line : {
           R"(defenderd_arm_requests_total{code="200",operation="read"} 1)",
           R"(defenderd_arm_requests_total{code="418",operation="write"} 1)",
           R"(defenderd_arm_requests_total{code="malformed",operation="write"} 1)",
           R"(defenderd_arm_requests_total{code="tls",operation="list"} 1)",
           R"(defenderd_arm_requests_total{code="429",operation="list"} 0)",
           R"(defenderd_arm_request_duration_seconds_count{operation="write"} 2)",
           R"(defenderd_arm_throttled_total 1)",
           R"(defenderd_arm_ratelimit_remaining{kind="subscription-resource-requests"} 749)",
           R"(defenderd_arm_ratelimit_remaining{kind="other"} 3)",
           R"(defenderd_token_requests_total{result="success"} 1)",
           R"(defenderd_token_requests_total{result="failure"} 0)",
       }) {
    EXPECT_THAT(all, HasSubstr("\n" + line + "\n"));
  }
  EXPECT_THAT(all, Not(HasSubstr("operation=\"token\""))) << "those are not sent to ARM";
}

TEST_F(MetricsTest, TokensOfTenantsThatLeftAreGone) {
  const auto tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  DesiredSubscription elsewhere = declared(1);
  elsewhere.tenant = tenant;
  declare({elsewhere, declared(2)});
  metrics_.token_expires(std::nullopt, at(60));
  metrics_.token_expires(tenant, at(30));
  const std::string own = R"(defenderd_token_expiry_timestamp_seconds{tenant_id=""} 1767229200)";
  EXPECT_THAT(text(), HasSubstr(own));
  EXPECT_THAT(text(), HasSubstr("tenant_id=\"" + tenant->text() + "\"} 1767227400"));
  declare({declared(2)});
  EXPECT_THAT(text(), HasSubstr(own));
  EXPECT_THAT(text(), Not(HasSubstr(tenant->text())));
  declare({elsewhere});
  EXPECT_THAT(text(), Not(HasSubstr(own))) << "nobody needs a token of the default tenant";
}

TEST_F(MetricsTest, QueueConfigurationAndBuild) {
  EXPECT_THAT(text(), HasSubstr("\ndefenderd_workqueue_depth 0\n"));
  metrics_.watch_queue([] { return QueueStats{7, milliseconds(1500)}; });
  metrics_.sweep_completed(at(2));
  metrics_.config_reloaded(true, at(1));
  metrics_.config_reloaded(false, at(2));
  metrics_.config_hash("desired", "0000000000ffdeadbeef");
  metrics_.intervals(std::chrono::minutes(5), std::chrono::hours(6));
  const std::string all = text();
  for (const std::string line : {
           R"(defenderd_workqueue_depth 7)",
           R"(defenderd_workqueue_oldest_age_seconds 1.5)",
           R"(defenderd_sweep_last_completed_timestamp_seconds 1767225720)",
           R"(defenderd_config_last_reload_successful 0)",
           R"(defenderd_config_last_reload_success_timestamp_seconds 1767225660)",
           R"(defenderd_config_hash{file="desired"} 255)",
           R"(defenderd_poll_interval_seconds 300)",
           R"(defenderd_findings_interval_seconds 21600)",
           R"(defenderd_build_info{version="1.2.3",revision="abc"} 1)",
       }) {
    EXPECT_THAT(all, HasSubstr("\n" + line + "\n"));
  }
}

TEST_F(MetricsTest, ProcessMetricsAreThisProcess) {
  const std::string all = text();
  const auto value = [&](const std::string& name) {
    const std::size_t at = all.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(all.substr(at + name.size() + 2));
  };
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(value("process_virtual_memory_bytes"), value("process_resident_memory_bytes"));
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GE(value("process_max_fds"), value("process_open_fds"));
  EXPECT_GE(value("process_threads"), 1);
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
  EXPECT_GT(value("process_start_time_seconds"), 1.7e9);
}

}  // namespace
}  // namespace defenderd
