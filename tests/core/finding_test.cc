#include "core/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fleet_findings.h"
#include "support/builders.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kAccount =
    "/subscriptions/" + guid(1) +
    "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/chat";

InspectedAccount account(AccountSwitch defender = AccountSwitch::On) {
  InspectedAccount result;
  result.account = {kAccount, "chat"};
  result.defender = defender;
  return result;
}

InspectedAccount opted_out() {
  InspectedAccount result = account();
  result.deployments = {
      {"gpt", "gpt-4.1", "lenient", FilterVerdict::OptedOut, {"eve@contoso.com", {}}}};
  return result;
}

class FindingTest : public testing::Test {
 protected:
  std::vector<Finding> found() const { return findings_of(subscription_, inspection_, now_); }
  std::vector<FindingKind> kinds() const {
    std::vector<FindingKind> result;
    for (const Finding& finding : found()) result.push_back(finding.kind);
    return result;
  }

  const WallTime now_ = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
  ProtectedAs subscription_{
      .subscription = subscription_id(1), .name = "prod", .plan_declared = true, .plan_on = true};
  Inspection inspection_{.accounts = {account()}};
};

TEST_F(FindingTest, AProtectedAccountIsNone) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(FindingTest, APlanThatIsOffProtectsNoAccount) {
  subscription_.plan_on = false;
  inspection_.accounts = {account(AccountSwitch::Off), account(), account(), account()};
  const auto drifted = found();
  ASSERT_EQ(drifted.size(), 1U) << "the accounts' own switches do not matter then";
  EXPECT_EQ(drifted[0].kind, FindingKind::AccountsUnprotected);
  EXPECT_EQ(drifted[0].resource, "/subscriptions/" + guid(1));
  EXPECT_EQ(drifted[0].message,
            "4 AI accounts (chat, chat, chat, ...) are not protected: the plan is off for the "
            "subscription, although it is declared on");
  EXPECT_THAT(advice_on(drifted[0]), HasSubstr("defenderd corrects this drift"));
  subscription_.plan_declared = false;
  EXPECT_THAT(found()[0].message, HasSubstr("as it is declared"));
  EXPECT_EQ(advice_on(found()[0]), advice_on(FindingKind::AccountsUnprotected));
  subscription_.managed = false;
  inspection_.accounts = {account()};
  EXPECT_EQ(found()[0].message,
            "1 AI account (chat) is not protected: the plan is off for the subscription, which is "
            "unmanaged");
  inspection_.accounts.clear();
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(FindingTest, APlanThatIsNotKnownSaysNothing) {
  subscription_.plan_on.reset();
  EXPECT_THAT(kinds(), IsEmpty());
  inspection_.accounts = {opted_out()};
  EXPECT_THAT(kinds(), ElementsAre(FindingKind::ContentFilterOptedOut));
}

TEST_F(FindingTest, AnAccountCanBeSwitchedOffByItself) {
  inspection_.accounts = {account(AccountSwitch::Off), account(AccountSwitch::Unknown), account()};
  inspection_.accounts[0].switched = {"template", now_ - 1h};
  const auto one = found();
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].kind, FindingKind::AccountSwitchedOff);
  EXPECT_EQ(one[0].resource, kAccount);
  EXPECT_EQ(one[0].modified.by, "template");
}

TEST_F(FindingTest, AnOptedOutFilterLosesJailbreakAlertsAndNotTheProtection) {
  inspection_.accounts = {opted_out()};
  const auto one = found();
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].kind, FindingKind::ContentFilterOptedOut);
  EXPECT_THAT(one[0].message,
              HasSubstr("jailbreak alerts are lost for the deployment gpt of chat"));
  EXPECT_THAT(one[0].message, testing::Not(HasSubstr("protected")));
  EXPECT_EQ(one[0].modified.by, "eve@contoso.com");
  for (const FilterVerdict verdict : kAllFilterVerdicts) {
    inspection_.accounts[0].deployments[0].verdict = verdict;
    EXPECT_EQ(found().size(), verdict == FilterVerdict::OptedOut ? 1U : 0U) << to_text(verdict);
  }
}

TEST_F(FindingTest, TheScannerNeedsAnotherPlan) {
  inspection_ = {.posture_on = false};
  EXPECT_THAT(kinds(), IsEmpty()) << "it is not declared";
  subscription_.scanner_declared = true;
  EXPECT_THAT(kinds(), ElementsAre(FindingKind::ModelScannerNeedsCspm));
  inspection_.posture_on = true;
  EXPECT_THAT(kinds(), IsEmpty());
  inspection_.posture_on.reset();
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(FindingTest, EvidenceDoesNothingWithoutThePlan) {
  subscription_.evidence_shown = true;
  inspection_.accounts.clear();
  EXPECT_THAT(kinds(), IsEmpty());
  subscription_.plan_on = false;
  EXPECT_THAT(kinds(), ElementsAre(FindingKind::EvidenceWithoutPlan));
}

TEST_F(FindingTest, IsAcceptedByKindResourceAndTime) {
  inspection_.accounts = {opted_out()};
  const auto accepted_with = [&](FindingKind kind, const std::string& resource, Duration left) {
    const std::vector<AcceptedFinding> accepted{
        {kind, resource, "red team", now_ + std::chrono::duration_cast<WallTime::duration>(left)}};
    subscription_.accepted = &accepted;
    const bool result = found()[0].accepted.has_value();
    subscription_.accepted = nullptr;
    return result;
  };
  const FindingKind kind = FindingKind::ContentFilterOptedOut;
  const std::string deployment = kAccount + "/deployments/gpt";
  EXPECT_TRUE(accepted_with(kind, "", 1h));
  EXPECT_TRUE(accepted_with(kind, deployment, 1h));
  EXPECT_TRUE(accepted_with(kind, kAccount, 1h)) << "and everything below it";
  EXPECT_TRUE(accepted_with(kind, kAccount + "/", 1h));
  EXPECT_TRUE(accepted_with(kind, "/SUBSCRIPTIONS/" + guid(1), 1h));
  EXPECT_FALSE(accepted_with(kind, kAccount.substr(0, kAccount.size() - 1), 1h)) << "another name";
  EXPECT_FALSE(accepted_with(kind, deployment + "/x", 1h));
  EXPECT_FALSE(accepted_with(kind, "", 0s)) << "it has ended";
  EXPECT_FALSE(accepted_with(FindingKind::AccountSwitchedOff, "", 1h));
}

TEST_F(FindingTest, EveryKindHasAWordAndAdvice) {
  for (const FindingKind kind : kAllFindingKinds) {
    EXPECT_EQ(parse_finding_kind(to_text(kind)), kind);
    EXPECT_NE(advice_on(kind), "");
    Finding accepted;
    accepted.kind = kind;
    accepted.accepted.emplace();
    EXPECT_THAT(advice_on(accepted), AllOf(testing::Not(""), testing::Not(HasSubstr("accept"))));
  }
  EXPECT_EQ(parse_finding_kind("Other"), std::nullopt);
}

TEST(AccountStates, AreByPlanAndOwnSwitch) {
  using enum AccountState;
  EXPECT_EQ(state_of(account(AccountSwitch::On), true), Protected);
  EXPECT_EQ(state_of(account(AccountSwitch::Off), true), SwitchedOff);
  EXPECT_EQ(state_of(account(AccountSwitch::Unknown), true), Unknown);
  EXPECT_EQ(state_of(account(AccountSwitch::On), std::nullopt), Unknown);
  EXPECT_EQ(state_of(account(AccountSwitch::Off), std::nullopt), SwitchedOff);
  EXPECT_EQ(state_of(account(AccountSwitch::On), false), PlanOff);
}

TEST(ProtectedAsTest, TellsWhatIsDeclaredAndObserved) {
  DesiredSubscription desired = declared(1, true);
  desired.extensions = {{std::string(kModelScanner), true}};
  EXPECT_EQ(protected_as(desired, nullptr).plan_on, std::nullopt);
  EXPECT_TRUE(protected_as(desired, nullptr).scanner_declared);
  Pricing observed = free_plan();
  EXPECT_EQ(protected_as(desired, &observed).plan_on, false);
  EXPECT_FALSE(protected_as(desired, &observed).evidence_shown);
  observed = standard_plan({{std::string(kPromptEvidence), true}});
  EXPECT_EQ(protected_as(desired, &observed).plan_on, true);
  EXPECT_TRUE(protected_as(desired, &observed).evidence_shown);
  observed.tier = Tier::Other;
  EXPECT_EQ(protected_as(desired, &observed).plan_on, std::nullopt);
}

}  // namespace
}  // namespace defenderd
