// The real daemon inspects AI accounts and reports what weakens their protection; and nothing of it
// concerns the keeping of the plan.

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "e2e/world.h"

namespace defenderd {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class FindingsTest : public World {
 protected:
  FindingsTest() {
    declare_on(3);
    azure_.add(subscription(4, false));  // unmanaged
    azure_.update(id(1), [](armsim::Subscription& it) {
      it.ai_accounts = {{.name = "chat"}};
      it.account("chat").deployment("gpt").rai_policy = "lenient";
      it.account("chat").policy("lenient").filters = {{.name = "Jailbreak", .enabled = false}};
      it.account("chat").policy("lenient").system_data.last_modified_by = "eve@contoso.com";
    });
    azure_.update(id(2), [](armsim::Subscription& it) {
      it.ai_accounts = {{.name = "bot"}};
      it.account("bot").defender.state = "Disabled";
    });
    azure_.update(id(4), [](armsim::Subscription& it) { it.ai_accounts = {{.name = "wild"}}; });
    write("settings.yaml", settings("journal: {file: " + path("journal") + "}\n"));
  }
  static json of(const DaemonProcess& daemon, const std::string& path) {
    return json::parse(daemon.get(path).body);
  }
  [[nodiscard]] std::string journal() const {
    std::ifstream in(path("journal"));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  struct Ended {
    int code = -1;
    std::string output;
  };
  [[nodiscard]] Ended command(std::vector<std::string> words) const {
    words.insert(words.end(),
                 {"--config", path("settings.yaml"), "--desired", path("desired.yaml")});
    DaemonProcess process(words, credentials());
    const auto code = process.wait_exit();
    return {code.value_or(-1), process.output()};
  }
};

TEST_F(FindingsTest, AreInTheMetricsTheApiTheLogAndTheJournal) {
  const auto daemon = run();
  for (const char* const finding :
       {"AccountsUnprotected", "AccountSwitchedOff", "ContentFilterOptedOut"}) {
    EXPECT_TRUE(
        daemon->wait_metric("defenderd_findings{finding=\"" + std::string(finding) + "\"} 1"))
        << daemon->output();
  }
  EXPECT_TRUE(daemon->wait_metric("defenderd_ai_accounts{state=\"switched_off\"} 1"));
  const json findings = of(*daemon, "/api/v1/findings");
  EXPECT_EQ(findings["total"], 3);
  EXPECT_EQ(of(*daemon, "/api/v1/findings?q=eve")["matched"], 1);
  const json details = of(*daemon, "/api/v1/subscriptions/" + id(1));
  EXPECT_EQ(details["findings"][0]["lastModified"]["by"], "eve@contoso.com");
  EXPECT_EQ(details["aiAccounts"][0]["deployments"][0]["verdict"], "opted_out");
  EXPECT_EQ(details["state"], "in_sync") << "a finding is no drift";
  EXPECT_TRUE(daemon->wait_output("jailbreak alerts are lost for the deployment gpt of chat"));
  EXPECT_THAT(journal(), AllOf(HasSubstr("\"result\":\"finding\""), HasSubstr("eve@contoso.com")));
  EXPECT_EQ(azure_.counters().writes, 0U) << "nothing is changed";
}

TEST_F(FindingsTest, AcceptedOnesRaiseNothing) {
  write("desired.yaml", desired({"id: " + id(1) +
                                     ", plan: on, findings: {accept: [{finding: "
                                     "ContentFilterOptedOut, reason: red team, until: "
                                     "2099-01-01T00:00:00Z}]}",
                                 "id: " + id(2) + ", plan: on", "id: " + id(3) + ", plan: on"}));
  const auto daemon = run();
  EXPECT_TRUE(
      daemon->wait_metric("defenderd_findings_accepted{finding=\"ContentFilterOptedOut\"} 1"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_findings{finding=\"ContentFilterOptedOut\"} 0"));
}

TEST_F(FindingsTest, AnEditShowsAtOnce) {
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_findings{finding=\"ContentFilterOptedOut\"} 1"))
      << daemon->output();
  write("desired.yaml", desired({"id: " + id(1) +
                                     ", plan: on, owner: red, findings: {accept: [{finding: "
                                     "ContentFilterOptedOut, reason: a test, until: "
                                     "2099-01-01T00:00:00Z}]}",
                                 "id: " + id(2) + ", plan: on", "id: " + id(3) + ", plan: on"}));
  EXPECT_TRUE(daemon->wait_body(
      "/api/v1/findings",
      [](const std::string& body) {
        const json shown = json::parse(body);
        return shown["acceptedByFinding"]["ContentFilterOptedOut"] == 1;
      },
      std::chrono::seconds(10)))
      << daemon->get("/api/v1/findings").body;
}

// Refused, failing, or rubbish for all: plans are kept exactly as before.
TEST_F(FindingsTest, NothingOfItConcernsThePlans) {
  using armsim::Fault;
  using armsim::FaultKind;
  using armsim::Operation;
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_findings{finding=\"AccountSwitchedOff\"} 1"));
  for (const Operation operation : {Operation::Graph, Operation::Accounts, Operation::Deployments,
                                    Operation::DefenderSettings}) {
    Fault rubbish = Fault::of(FaultKind::ReplaceBody, operation).repeated(20);
    rubbish.message = "rubbish";
    azure_.inject(rubbish);
    azure_.inject(Fault::throttle(operation, "1").repeated(20));
  }
  write("settings.yaml", settings("findings: {interval: 30m}\n"));
  azure_.update(id(3), [](armsim::Subscription& it) { it.plan.on = false; });
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(3)).on; })) << daemon->output();
  EXPECT_EQ(daemon->get("/healthz").status, 200);
  EXPECT_THAT(daemon->get("/metrics").body,
              HasSubstr("defenderd_subscriptions{state=\"failing\"} 0\n"));
}

TEST_F(FindingsTest, AMissingRoleIsSaidOnceAndIsNoFailure) {
  azure_.set_behaviour([](armsim::Behaviour& it) {
    it.denied_ai_reads = *armsim::parse_denied_reads("raiPolicies");
  });
  const auto daemon = run();
  EXPECT_TRUE(
      daemon->wait_output("lacks the action Microsoft.CognitiveServices/accounts/raiPolicies/read"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_findings_denied 1"));
  EXPECT_EQ(of(*daemon, "/api/v1/status")["byState"]["in_sync"], 3);
}

// Resource Graph omits what the identity may not read, and does not say so.
TEST_F(FindingsTest, ARoleThatIsMissingInOneSubscriptionIsSaidEverywhere) {
  azure_.update(id(2), [](armsim::Subscription& it) {
    it.denied_ai_reads = *armsim::parse_denied_reads("accounts");
  });
  const auto found = command({"findings"});
  EXPECT_EQ(found.code, 3) << found.output;
  EXPECT_THAT(found.output,
              AllOf(HasSubstr("Not all can be seen: the identity lacks the action "
                              "Microsoft.CognitiveServices/accounts/read in 1 subscription\n"),
                    HasSubstr("2 AI accounts are in 2 subscriptions; 1 has none")));
  EXPECT_EQ(json::parse(command({"findings", "-o", "json"}).output)["notInspected"], 1);
  EXPECT_THAT(command({"report"}).output,
              HasSubstr("findings may be missing: the identity lacks the action "));
  DaemonProcess import({"import", "--config", path("settings.yaml")}, credentials());
  EXPECT_EQ(import.wait_exit(), 0) << import.output();
  EXPECT_THAT(import.output(),
              HasSubstr(". The AI accounts of 1 subscription could not be listed"));
  const auto daemon = run();
  EXPECT_TRUE(daemon->wait_metric("defenderd_findings_denied 1")) << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_findings{finding=\"AccountsUnprotected\"} 1"));
}

TEST_F(FindingsTest, SwitchedOffItSendsNothing) {
  write("settings.yaml", settings("findings: {enabled: off}\n"));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("3 of 3 are as declared")) << daemon->output();
  EXPECT_EQ(of(*daemon, "/api/v1/findings")["enabled"], false);
  EXPECT_EQ(azure_.counters().ai_reads, 0U);
}

TEST_F(FindingsTest, TheCommandPrintsThemAndExitsWithOne) {
  const auto found = command({"findings"});
  EXPECT_EQ(found.code, 1) << found.output;
  EXPECT_THAT(found.output,
              AllOf(HasSubstr("AccountSwitchedOff"), HasSubstr("ContentFilterOptedOut"),
                    HasSubstr("AI account (wild) is not protected"),
                    HasSubstr("1 of 3 AI accounts are protected; 3 findings")));
  const auto as_json = command({"findings", "-o", "json"});
  EXPECT_EQ(json::parse(as_json.output)["findings"].size(), 3U);
}

TEST_F(FindingsTest, AListThatIsRefusedIsNotAFleetWithoutUnmanagedOnes) {
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Subscriptions, 403, "AuthorizationFailed", "no role")
          .repeated(100));
  const auto found = command({"findings"});
  EXPECT_EQ(found.code, 3) << found.output;
  EXPECT_THAT(found.output, AllOf(HasSubstr("Unmanaged subscriptions were not inspected: "),
                                  HasSubstr("listing the subscriptions"), Not(HasSubstr("wild"))));
  const auto report = command({"report"});
  EXPECT_THAT(report.output,
              AllOf(HasSubstr("visible subscriptions that are not managed may be missing: "),
                    Not(HasSubstr("Every visible subscription is managed"))));
}

TEST_F(FindingsTest, WithoutAnyTokenEveryCommandEndsWithTwo) {
  auto wrong = credentials();
  wrong["AZURE_CLIENT_SECRET"] = "wrong";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"diff"}, {"apply", "--yes"}, {"findings"}, {"report"}}) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {"--config", path("settings.yaml"), "--desired", path("desired.yaml")});
    DaemonProcess process(all, wrong);
    EXPECT_EQ(process.wait_exit(), 2) << process.output();
    EXPECT_THAT(process.output(), AllOf(HasSubstr("CredentialFailed"), HasSubstr("secret")));
  }
}

TEST_F(FindingsTest, DiffEndsWithThemAndItsExitCodeIsAsBefore) {
  const auto diff = command({"diff"});
  EXPECT_EQ(diff.code, 0) << diff.output;
  EXPECT_THAT(diff.output, HasSubstr("ContentFilterOptedOut"));
  const auto as_json = command({"diff", "-o", "json"});
  EXPECT_EQ(json::parse(as_json.output)["findings"].size(), 2U)
      << "the unmanaged one is not asked about";
  const auto one = command({"diff", "--only", id(2)});
  EXPECT_THAT(one.output, AllOf(HasSubstr("AccountSwitchedOff"), HasSubstr("1 AI account"),
                                Not(HasSubstr("ContentFilterOptedOut")),
                                Not(HasSubstr("could not be observed"))));
  write("settings.yaml", settings("findings: {enabled: off}\n"));
  EXPECT_THAT(command({"diff"}).output, Not(HasSubstr("ContentFilterOptedOut")));
}

TEST_F(FindingsTest, ImportSaysWhereTheAccountsAre) {
  DaemonProcess import({"import", "--config", path("settings.yaml")}, credentials());
  EXPECT_EQ(import.wait_exit(), 0) << import.output();
  EXPECT_THAT(import.output(),
              AllOf(HasSubstr("  # It holds 1 AI account.\n"),
                    HasSubstr("3 AI accounts are in 3 subscriptions; 1 has none")));
}

}  // namespace
}  // namespace defenderd
