#include "cli/findings_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/builders.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

InspectedFleet fleet(bool accepted) {
  Finding finding;
  finding.kind = FindingKind::ContentFilterOptedOut;
  finding.subscription = subscription_id(1);
  finding.subscription_name = "prod";
  finding.resource = "/subscriptions/x/deployments/gpt";
  finding.message = "jailbreak alerts are lost";
  finding.modified.by = "eve@contoso.com";
  if (accepted) finding.accepted = AcceptedFinding{finding.kind, "", "red team", {}};
  InspectedFleet result;
  result.findings = {finding};
  result.accounts[static_cast<std::size_t>(AccountState::Protected)] = 2;
  result.accounts[static_cast<std::size_t>(AccountState::PlanOff)] = 1;
  result.round.accounts = 3;
  result.round.subscriptions = 9;
  result.holding = 2;
  return result;
}

TEST(FindingsReport, SaysWhatItMeansAndWhatToDo) {
  const std::string text = findings_text(fleet(false), {});
  EXPECT_THAT(text, AllOf(HasSubstr("ContentFilterOptedOut  prod (" + guid(1) + ")\n"),
                          HasSubstr("    jailbreak alerts are lost\n"),
                          HasSubstr("    /subscriptions/x/deployments/gpt\n"),
                          HasSubstr("    last changed by eve@contoso.com\n"),
                          HasSubstr("    what to do: switch the filter Jailbreak"),
                          HasSubstr("3 AI accounts are in 2 subscriptions; 7 have none\n"),
                          HasSubstr("2 of 3 AI accounts are protected; 1 finding (reported")));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(findings_text(fleet(false), {0, true}),
              HasSubstr("\033[33mContentFilterOptedOut\033[0m"));
}

TEST(FindingsReport, IsWrappedAtATerminal) {
  std::istringstream lines(findings_text(fleet(false), {80, false}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(FindingsReport, AcceptedOnesAreSaidApartAndAreNoReasonToFail) {
  EXPECT_THAT(findings_text(fleet(true), {}),
              AllOf(HasSubstr("accepted until "), HasSubstr(": red team\n"),
                    HasSubstr("0 findings, 1 accepted"), Not(HasSubstr("what to do"))));
  EXPECT_EQ(findings_exit_code(fleet(true)), 0);
  EXPECT_EQ(findings_exit_code(fleet(false)), 1);
  EXPECT_EQ(findings_exit_code({}), 0);
  EXPECT_EQ(findings_text({}, {}), "");
}

TEST(FindingsReport, WhatCouldNotBeInspectedIsAnError) {
  InspectedFleet some = fleet(true);
  some.round.failed = 3;
  some.round.failure = "grant it";
  some.round.denied = {"x/read"};
  EXPECT_EQ(findings_exit_code(some), 3);
  EXPECT_THAT(findings_text(some, {}),
              AllOf(HasSubstr("3 subscriptions could not be inspected: grant it\n"),
                    HasSubstr("lacks the action x/read\n"),
                    HasSubstr("3 AI accounts are in 2 subscriptions; 4 have none\n")));
  some.round.failed = 1;
  EXPECT_THAT(findings_text(some, {}), HasSubstr("1 subscription could not be inspected: "));
}

TEST(FindingsReport, NoneIsNoAnswerWhereNothingWasInspected) {
  InspectedFleet none;
  none.round.subscriptions = none.round.failed = 1;
  none.round.failure = "grant it";
  EXPECT_EQ(findings_text(none, {}), "1 subscription could not be inspected: grant it\n");
  InspectedFleet blind;
  blind.not_observed = 2;
  EXPECT_EQ(findings_text(blind, {}), "") << "the cause is reported elsewhere";
}

TEST(FindingsReport, UnmanagedOnesThatCannotBeListedAreSaid) {
  InspectedFleet some = fleet(true);
  some.unlisted = {"listing the subscriptions failed: no role"};
  EXPECT_EQ(findings_exit_code(some), 3);
  EXPECT_THAT(findings_text(some, {}),
              HasSubstr("Unmanaged subscriptions were not inspected: listing the subscriptions "
                        "failed: no role\n"));
  EXPECT_EQ(nlohmann::json::parse(findings_json(some))["notListed"].size(), 1U);
}

TEST(FindingsReport, WhatMayNotBeSeenIsAnErrorToo) {
  InspectedFleet denied;
  denied.round.denied = {"x/read"};
  EXPECT_EQ(findings_exit_code(denied), 3);
  EXPECT_THAT(findings_text(denied, {}), HasSubstr("lacks the action x/read"));
  InspectedFleet blind;
  blind.not_observed = 1;
  EXPECT_EQ(findings_exit_code(blind), 3);
}

TEST(FindingsReport, IsJsonForPrograms) {
  const auto json = nlohmann::json::parse(findings_json(fleet(true)));
  EXPECT_EQ(json["kind"], "Findings");
  EXPECT_EQ(json["accounts"]["protected"], 2);
  EXPECT_EQ(json["findings"][0]["finding"], "ContentFilterOptedOut");
  EXPECT_EQ(json["findings"][0]["accepted"], true);
  EXPECT_EQ(json["notInspected"], 0);
}

}  // namespace
}  // namespace defenderd
