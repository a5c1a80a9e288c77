// The tables of a report: what is declared, observed and excepted, and what the journal has.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "cli/report_fleet.h"
#include "cli/report_journal.h"
#include "cli/report_parts.h"
#include "cli/sweep_builders.h"

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

WallTime at(const std::string& text) { return *parse_rfc3339(text); }
const WallTime kNow = at("2026-11-27T08:00:00Z");

// A cell by its column's key.
std::string cell(const ReportTable& table, std::size_t row, std::string_view key) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key == key) return table.rows.at(row).at(i);
  }
  return "no such column";
}

// Every row has a cell for each column.
void expect_whole(const ReportTable& table) {
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << table.key;
}

TEST(ReportTables, OfSubscriptionsSayWhatIsDeclaredAndObserved) {
  SweptSubscription good = swept(1, "good", {});
  good.outcome.desired.extensions = {evidence(true)};
  good.outcome.desired.owner = "team a";
  good.outcome.observed = standard_plan({{"AIPromptEvidence", true}, {"AINewThing", false}});
  SweptSubscription off = swept(2, "off", {withheld(Reason::ObserveMode, "not corrected")});
  off.outcome.desired.unnamed_extensions = UnnamedExtensions::Off;
  const ReportTable table = subscriptions_table({good, off, unreadable(3, "dark"), unreached(4)});
  expect_whole(table);
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(cell(table, 0, "owner"), "team a");
  EXPECT_EQ(cell(table, 0, "planDeclared"), "on");
  EXPECT_EQ(cell(table, 0, "planObserved"), "on");
  EXPECT_EQ(cell(table, 0, "extensionsDeclared"), "promptEvidence on");
  EXPECT_EQ(cell(table, 0, "extensionsObserved"), "promptEvidence on, AINewThing off");
  EXPECT_EQ(cell(table, 0, "asDeclared"), "yes");
  EXPECT_EQ(cell(table, 0, "problem"), "");
  EXPECT_EQ(cell(table, 1, "asDeclared"), "no");
  EXPECT_EQ(cell(table, 1, "extensionsDeclared"), "all others off");
  EXPECT_EQ(cell(table, 1, "problem"), "plan is off, declared on (not corrected: ObserveMode)");
  EXPECT_EQ(cell(table, 2, "asDeclared"), "") << "not known is not drift";
  EXPECT_EQ(cell(table, 2, "planObserved"), "");
  EXPECT_EQ(cell(table, 2, "problem"), "Forbidden: no role");
  EXPECT_EQ(cell(table, 3, "asDeclared"), "");
}

TEST(ReportTables, ExceptionsHaveOwnerReasonAndEnd) {
  SweptSubscription observing = swept(1, "observing", {});
  observing.outcome.desired.mode = Mode::Observe;
  observing.outcome.desired.reason = "acquired last week";
  observing.outcome.desired.owner = "team a";
  SweptSubscription moving = swept(2, "moving", {});
  moving.outcome.desired.suspend =
      Suspension{at("2026-12-24T00:00:00Z"), "tenant move", "platform"};
  SweptSubscription red = swept(3, "red", {});
  red.outcome.desired.accepted =
      std::vector<AcceptedFinding>{{FindingKind::ContentFilterOptedOut, "/subscriptions/x",
                                    "red team", at("2026-11-01T00:00:00Z")}};
  red.outcome.desired.reason = "prompts hold client data";
  auto freeze = std::make_shared<Freeze>();
  freeze->reason = "year-end";
  freeze->by = "cab";
  freeze->owners = {"team a", "team b"};
  const Freezes::Listed listed{freeze, FreezeSpan{std::nullopt, at("2027-01-04T06:00:00Z")}};
  const ReportTable table =
      exceptions_table({swept(9, "usual", {}), observing, moving, red}, {listed}, kNow);
  expect_whole(table);
  ASSERT_EQ(table.rows.size(), 5U);
  EXPECT_THAT(table.rows[0], ElementsAre("freeze", "", "", "team a, team b", "nothing is written",
                                         "", "year-end", "cab", "2027-01-04T06:00:00Z", "yes"));
  EXPECT_THAT(table.rows[1], ElementsAre("observe mode", subscription_id(1).text(), "observing",
                                         "team a", "drift is reported and not corrected", "",
                                         "acquired last week", "", "", "yes"));
  EXPECT_THAT(table.rows[2], ElementsAre("suspension", subscription_id(2).text(), "moving", "",
                                         "nothing is written", "", "tenant move", "platform",
                                         "2026-12-24T00:00:00Z", "yes"));
  EXPECT_THAT(table.rows[3], ElementsAre("accepted finding", subscription_id(3).text(), "red", "",
                                         "ContentFilterOptedOut", "/subscriptions/x", "red team",
                                         "", "2026-11-01T00:00:00Z", "no"));
  EXPECT_EQ(cell(table, 4, "kind"), "declared reason");
  EXPECT_EQ(cell(table, 4, "reason"), "prompts hold client data");
}

TEST(ReportTables, FindingsAndWhatNobodyManages) {
  Finding finding;
  finding.kind = FindingKind::AccountSwitchedOff;
  finding.subscription = subscription_id(1);
  finding.resource = "/subscriptions/x";
  finding.message = "it is off";
  finding.modified = {"eve@contoso.com", at("2026-11-20T10:00:00Z")};
  Finding accepted = finding;
  accepted.accepted = AcceptedFinding{finding.kind, "", "red team", at("2027-01-01T00:00:00Z")};
  const ReportTable findings = findings_table({finding, accepted});
  expect_whole(findings);
  EXPECT_EQ(cell(findings, 0, "accepted"), "no");
  EXPECT_EQ(cell(findings, 0, "by"), "eve@contoso.com");
  EXPECT_EQ(cell(findings, 0, "time"), "2026-11-20T10:00:00Z");
  EXPECT_EQ(cell(findings, 1, "accepted"), "yes");
  EXPECT_EQ(cell(findings, 1, "until"), "2027-01-01T00:00:00Z");
  const ReportTable unmanaged = unmanaged_table({{subscription_id(7), "new", {}, "Enabled"}});
  expect_whole(unmanaged);
  EXPECT_EQ(cell(unmanaged, 0, "what"), "no entry and no scope declares it");
}

TEST(ReportTables, WhatLeftItsScopeIsAGap) {
  using R = CoverageReason;
  EXPECT_THAT(gaps_of_scopes({}), IsEmpty());
  EXPECT_THAT(gaps_of_scopes({{.id = subscription_id(1), .name = "prod", .reason = R::LeftScope},
                              {.id = subscription_id(2), .reason = R::OutOfSight},
                              {.id = subscription_id(3), .reason = R::OutOfSight}}),
              ElementsAre("1 subscription no longer matches the scope that covered it: prod (" +
                              subscription_id(1).text() + ")",
                          "2 subscriptions that scopes covered are no longer visible to the "
                          "identity: " +
                              subscription_id(2).text() + ", " + subscription_id(3).text()));
  const std::vector<CoverageRow> many(23, {.id = subscription_id(1), .reason = R::LeftScope});
  EXPECT_THAT(gaps_of_scopes(many), ElementsAre(testing::EndsWith(" and 3 more")));
}

class Evidence : public testing::Test {
 protected:
  Evidence() : evidence_(at("2026-11-01T00:00:00Z"), kNow) {}
  void add(const std::string& time, const std::string& result, JournalLine line = {}) {
    line.time = time;
    line.result = result;
    if (line.subscription_id.empty() && result != "confirmed" && result != "gap")
      line.subscription_id = subscription_id(1).text();
    evidence_.add(line);
  }
  JournalEvidence evidence_;
};

TEST_F(Evidence, ADriftHasItsActorAndItsDuration) {
  const std::string since = "2026-11-10T10:00:00.000Z";
  add(since, "withheld",
      {.name = "chat",
       .field = "plan",
       .from = "off",
       .to = "on",
       .since = since,
       .reason = "ObserveMode"});
  add("2026-11-10T10:05:00.000Z", "attributed",
      {.field = "plan",
       .since = since,
       .actor_kind = "user",
       .actor = "eve@contoso.com",
       .client = "Azure portal",
       .happened = "2026-11-10T09:59:00Z"});
  add("2026-11-10T12:00:00.000Z", "applied",
      {.field = "plan", .from = "off", .to = "on", .since = since});
  const ReportTable drifts = evidence_.drifts();
  expect_whole(drifts);
  ASSERT_EQ(drifts.rows.size(), 1U);
  EXPECT_THAT(drifts.rows[0],
              ElementsAre(subscription_id(1).text(), "chat", "plan off -> on",
                          "2026-11-10T09:59:00Z", "2026-11-10T12:00:00Z", "7260", "corrected",
                          "ObserveMode", "user", "eve@contoso.com", "Azure portal"));
}

TEST_F(Evidence, ADriftThatLastsCountsUntilNowAlsoIfItBeganBeforeThePeriod) {
  add("2026-10-01T00:00:00.000Z", "withheld",
      {.field = "plan", .from = "off", .to = "on", .since = "2026-10-01T00:00:00.000Z"});
  add("2026-10-02T00:00:00.000Z", "withheld",
      {.field = "promptEvidence", .from = "on", .to = "off", .since = "2026-10-02T00:00:00.000Z"});
  add("2026-10-03T00:00:00.000Z", "ended",
      {.field = "promptEvidence", .since = "2026-10-02T00:00:00.000Z"});
  const ReportTable drifts = evidence_.drifts();
  ASSERT_EQ(drifts.rows.size(), 1U) << "what ended before the period is none of it";
  EXPECT_EQ(cell(drifts, 0, "ending"), "lasts");
  EXPECT_EQ(cell(drifts, 0, "until"), "");
  EXPECT_EQ(cell(drifts, 0, "seconds"), std::to_string(57 * 24 * 3600 + 8 * 3600));
}

TEST_F(Evidence, ADriftEndsWhenItsSubscriptionIsNoLongerDeclared) {
  const std::string since = "2026-11-10T10:00:00.000Z";
  add(since, "withheld", {.field = "plan", .from = "off", .to = "on", .since = since});
  add("2026-11-11T10:00:00.000Z", "ended",
      {.field = "plan", .since = since, .message = std::string(kNoLongerDeclared)});
  const ReportTable drifts = evidence_.drifts();
  ASSERT_EQ(drifts.rows.size(), 1U);
  EXPECT_EQ(cell(drifts, 0, "ending"), "no longer declared");
  EXPECT_EQ(cell(drifts, 0, "seconds"), std::to_string(24 * 3600));
}

TEST_F(Evidence, ChangesSayWhatLetThemThroughAndWhereTheyWereDeclared) {
  add("2026-10-31T23:59:59.000Z", "applied", {.field = "plan", .from = "off", .to = "on"});
  add("2026-11-02T00:00:00.123Z", "applied",
      {.name = "chat",
       .field = "plan",
       .from = "on",
       .to = "off",
       .declared_reason = "sandbox",
       .by = "alice",
       .confirmed = "3f2a91bc",
       .was_withheld = "DisableBrake",
       .correlation_id = "c-1",
       .desired_hash = "abcd",
       .commit = "0123"});
  add("2026-11-03T00:00:00.000Z", "failed",
      {.field = "plan", .from = "on", .to = "off", .reason = "Forbidden", .message = "no role"});
  add("2026-11-04T00:00:00.000Z", "withheld", {.field = "plan"});
  const ReportTable& changes = evidence_.changes();
  expect_whole(changes);
  ASSERT_EQ(changes.rows.size(), 2U);
  EXPECT_THAT(changes.rows[0],
              ElementsAre("2026-11-02T00:00:00Z", subscription_id(1).text(), "chat", "plan", "on",
                          "off", "applied", "", "sandbox", "alice", "DisableBrake", "3f2a91bc",
                          "abcd", "0123", "c-1"));
  EXPECT_EQ(cell(changes, 1, "problem"), "Forbidden: no role");
  EXPECT_EQ(cell(changes, 1, "by"), "defenderd");
  EXPECT_EQ(evidence_.first(), "2026-10-31T23:59:59Z");
}

TEST_F(Evidence, DecisionsSayWho) {
  add("2026-11-02T00:00:00.000Z", "confirmed",
      {.message = "10 held changes", .by = "alice", .confirmed = "3f2a91bc"});
  add("2026-11-03T00:00:00.000Z", "freeze", {.actor = "bob", .message = "incident 4711"});
  add("2026-11-04T00:00:00.000Z", "gap", {.message = "3 lines"});
  add("2026-11-05T00:00:00.000Z", "thaw", {.message = "it is over"});
  add("2026-11-06T00:00:00.000Z", "confirmed", {.message = "2 held", .confirmed = "3f2a91bc"});
  const ReportTable& decisions = evidence_.decisions();
  expect_whole(decisions);
  ASSERT_EQ(decisions.rows.size(), 5U);
  EXPECT_EQ(cell(decisions, 3, "by"), "") << "defenderd is no person";
  EXPECT_EQ(cell(decisions, 4, "by"), "settings");
  EXPECT_THAT(decisions.rows[0], ElementsAre("2026-11-02T00:00:00Z", "confirmed", "alice",
                                             "3f2a91bc", "10 held changes"));
  EXPECT_EQ(cell(decisions, 1, "by"), "bob");
  EXPECT_EQ(evidence_.gaps(), 1U);
  EXPECT_THAT(evidence_.changes().rows, IsEmpty());
}

}  // namespace
}  // namespace defenderd
