#include "app/findings_watch.h"

#include <memory>

#include "app/recorded.h"
#include "base/time_text.h"
#include "support/builders.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class FindingsWatchTest : public Recorded {
 protected:
  FindingsWatchTest() {
    journal_ = *Journal::open({.file = {},
                               .on_line =
                                   [this](const JournalLine& line) {
                                     lines_.push_back(line.result + " " + line.reason);
                                   }},
                              clock_, log_);
    watch_ = make();
  }
  std::unique_ptr<FindingsWatch> make(bool enabled = true) {
    return std::make_unique<FindingsWatch>(
        FindingsWatch::Parts{board_, coverage_, findings_, *journal_, log_, clock_,
                             [this] { return may_start_; },
                             [this](SubscriptionId id) { return id == may_be_covered_; }},
        enabled);
  }
  // A declared subscription whose plan was observed so.
  void declare(const std::vector<DesiredSubscription>& subscriptions) {
    board_.set_desired({{subscriptions.begin(), subscriptions.end()}, "1111"}, clock_.wall_now());
  }
  void observe(unsigned n, bool on) {
    Outcome outcome;
    outcome.desired = declared(n, true);
    outcome.observed = on ? standard_plan() : free_plan();
    outcome.state = on ? State::InSync : State::Drifted;
    board_.record(outcome, clock_.wall_now(), std::nullopt, 0);
  }
  static std::string id_of(unsigned n, unsigned account) {
    return "/subscriptions/" + guid(n) +
           "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/chat-" +
           std::to_string(account);
  }
  void inspect(unsigned n, const std::vector<AccountSwitch>& accounts) {
    Inspection inspection{.at = clock_.wall_now()};
    for (const AccountSwitch defender : accounts) {
      InspectedAccount one;
      const auto number = static_cast<unsigned>(inspection.accounts.size());
      one.account = {id_of(n, number), "chat-" + std::to_string(number)};
      one.defender = defender;
      inspection.accounts.push_back(std::move(one));
    }
    listener().inspected(subscription_id(n), inspection);
  }
  // Declared, observed and inspected: its switch is off, which is accepted for two days.
  DesiredSubscription accepted_for_two_days() {
    DesiredSubscription one = declared(1, true);
    one.accepted = std::vector<AcceptedFinding>{
        {FindingKind::AccountSwitchedOff, "", "red team", clock_.wall_now() + 48h}};
    declare({one});
    observe(1, true);
    inspect(1, {AccountSwitch::Off});
    watch_->refresh();
    return one;
  }
  Inspector::Listener listener() { return watch_->listener(); }
  std::vector<FindingKind> kinds() const {
    std::vector<FindingKind> result;
    for (const Finding& finding : findings_.snapshot()->findings) result.push_back(finding.kind);
    return result;
  }

  FindingsBoard findings_{clock_};
  std::vector<std::string> lines_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<FindingsWatch> watch_;
  bool may_start_ = true;
  std::optional<SubscriptionId> may_be_covered_ = {};
};

TEST_F(FindingsWatchTest, ABeginningAndAnEndHaveALineEach) {
  declare({declared(1, true)});
  observe(1, true);
  inspect(1, {AccountSwitch::Off, AccountSwitch::On});
  watch_->refresh();
  watch_->refresh();
  EXPECT_THAT(kinds(), ElementsAre(FindingKind::AccountSwitchedOff));
  ASSERT_THAT(logged_, SizeIs(1));
  EXPECT_THAT(logged_[0], AllOf(HasSubstr(R"("level":"warn")"), HasSubstr(R"("event":"finding")"),
                                HasSubstr(R"("finding":"AccountSwitchedOff")"),
                                HasSubstr("chat-0 is not protected"), HasSubstr("Risks + alerts")));
  const WallTime since = findings_.snapshot()->findings[0].since;
  clock_.advance(1h);
  inspect(1, {AccountSwitch::Off, AccountSwitch::On});
  watch_->refresh();
  EXPECT_EQ(findings_.snapshot()->findings[0].since, since);
  inspect(1, {AccountSwitch::On, AccountSwitch::On});
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(2));
  EXPECT_THAT(logged_[1], AllOf(HasSubstr(R"("level":"info")"), HasSubstr("no longer: ")));
  EXPECT_THAT(lines_,
              ElementsAre("finding AccountSwitchedOff", "finding_ended AccountSwitchedOff"));
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(FindingsWatchTest, FollowsThePlanWithoutAnotherInspection) {
  declare({declared(1, true)});
  observe(1, true);
  inspect(1, {AccountSwitch::On});
  watch_->refresh();
  EXPECT_THAT(kinds(), IsEmpty());
  observe(1, false);
  watch_->refresh();
  EXPECT_THAT(kinds(), ElementsAre(FindingKind::AccountsUnprotected));
  EXPECT_EQ(findings_.snapshot()->accounts[static_cast<std::size_t>(AccountState::PlanOff)], 1U);
  observe(1, true);
  watch_->refresh();
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(FindingsWatchTest, AcceptedOnesAreCountedApart) {
  DesiredSubscription one = declared(1, true);
  one.accepted = std::vector<AcceptedFinding>{
      {FindingKind::AccountSwitchedOff, id_of(1, 0), "a test", clock_.wall_now() + 1h}};
  declare({one});
  observe(1, true);
  inspect(1, {AccountSwitch::Off, AccountSwitch::Off});
  watch_->refresh();
  const auto slot = static_cast<std::size_t>(FindingKind::AccountSwitchedOff);
  EXPECT_EQ(findings_.snapshot()->count[slot], 1U);
  EXPECT_EQ(findings_.snapshot()->accepted_count[slot], 1U);
  clock_.advance(2h);
  watch_->refresh();
  EXPECT_EQ(findings_.snapshot()->count[slot], 2U) << "its end has come";
}

TEST_F(FindingsWatchTest, AnAcceptanceThatEndsIsNews) {
  DesiredSubscription one = accepted_for_two_days();
  ASSERT_THAT(logged_, SizeIs(1));
  EXPECT_THAT(logged_[0], AllOf(HasSubstr(R"("level":"info")"),
                                HasSubstr("accepted until 2026-01-03T00:00:00.000Z (red team)")));
  clock_.advance(24h);
  watch_->refresh();
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(2)) << "once";
  EXPECT_THAT(
      logged_[1],
      AllOf(HasSubstr(R"("level":"warn")"), HasSubstr(R"("until":"2026-01-03T00:00:00.000Z")"),
            HasSubstr("accepted only until 2026-01-03T00:00:00.000Z (red team)")));
  clock_.advance(24h);
  ASSERT_THAT(findings_.snapshot()->findings, SizeIs(1));
  EXPECT_EQ(findings_.snapshot()->findings[0].accepted, std::nullopt) << "before the next refresh";
  EXPECT_EQ(findings_.snapshot()->count[static_cast<std::size_t>(FindingKind::AccountSwitchedOff)],
            1U);
  const WallTime since = findings_.snapshot()->findings[0].since;
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(3));
  EXPECT_THAT(
      logged_[2],
      AllOf(HasSubstr(R"("level":"warn")"),
            HasSubstr("no longer accepted: it was until 2026-01-03T00:00:00.000Z (red team)")));
  EXPECT_EQ(findings_.snapshot()->findings[0].since, since);
  EXPECT_THAT(lines_, ElementsAre("finding AccountSwitchedOff", "finding AccountSwitchedOff"));
  one.accepted->front().until = clock_.wall_now() + 48h;
  declare({one});
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(4));
  EXPECT_THAT(logged_[3], AllOf(HasSubstr(R"("level":"info")"), HasSubstr("; accepted until")));
}

TEST_F(FindingsWatchTest, AnAcceptanceForLessThanADayHasOneLine) {
  DesiredSubscription one = declared(1, true);
  declare({one});
  observe(1, true);
  inspect(1, {AccountSwitch::Off});
  watch_->refresh();
  logged_.clear();
  one.accepted = std::vector<AcceptedFinding>{
      {FindingKind::AccountSwitchedOff, "", "red team", clock_.wall_now() + 1h}};
  declare({one});
  watch_->refresh();
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(1));
  EXPECT_THAT(logged_[0],
              AllOf(HasSubstr(R"("level":"warn")"), HasSubstr("accepted only until 2026-01-01T01"),
                    HasSubstr(R"("until":"2026-01-01T01:00:00.000Z")")));
  EXPECT_THAT(lines_, SizeIs(2)) << "the journal has the beginning of both";
}

TEST_F(FindingsWatchTest, AnAcceptanceThatEndsDuringARestartIsNews) {
  DesiredSubscription one = accepted_for_two_days();
  const auto memory = watch_->memory();
  ASSERT_THAT(memory, SizeIs(1));
  EXPECT_TRUE(memory[0].accepted);
  logged_.clear();
  clock_.advance(72h);
  watch_ = make();
  watch_->recall(memory);
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(1));
  EXPECT_THAT(logged_[0], AllOf(HasSubstr(R"("level":"warn")"), HasSubstr("no longer accepted")));
}

TEST_F(FindingsWatchTest, UnmanagedSubscriptionsCountToo) {
  CoverageSnapshot seen;
  seen.known = true;
  CoverageRow row;
  row.id = subscription_id(7);
  row.name = "forgotten";
  row.listed_in = TenantId::parse("aaaaaaaa-0000-4000-8000-000000000001");
  seen.rows = {row};
  row.id = subscription_id(8);
  row.reason = CoverageReason::OutOfSight;
  seen.rows.push_back(row);
  coverage_.set(seen);
  declare({declared(1, true)});
  const auto targets = listener().targets();
  ASSERT_TRUE(targets);
  ASSERT_THAT(*targets, SizeIs(2)) << "what cannot be seen is not inspected";
  EXPECT_FALSE((*targets)[1].managed);
  EXPECT_EQ((*targets)[1].tenant, row.listed_in);
  Inspection inspection;
  inspection.accounts.resize(1);
  inspection.plan_on = false;
  listener().inspected(subscription_id(7), inspection);
  watch_->refresh();
  ASSERT_THAT(kinds(), ElementsAre(FindingKind::AccountsUnprotected));
  EXPECT_EQ(findings_.snapshot()->findings[0].subscription_name, "forgotten");
}

TEST_F(FindingsWatchTest, StartsAfterTheFirstSweep) {
  may_start_ = false;
  EXPECT_EQ(listener().targets(), std::nullopt);
}

TEST_F(FindingsWatchTest, OnlyTheScannerNeedsTheOtherPlan) {
  DesiredSubscription one = declared(1, true);
  one.extensions = {{std::string(kModelScanner), true}};
  DesiredSubscription off = one;
  off.id = subscription_id(2);
  off.plan = false;
  declare({one, off, declared(3, true)});
  const auto targets = listener().targets();
  ASSERT_TRUE(targets);
  EXPECT_TRUE((*targets)[0].needs_posture);
  EXPECT_FALSE((*targets)[1].needs_posture);
  EXPECT_FALSE((*targets)[2].needs_posture);
}

TEST_F(FindingsWatchTest, ManyAtOnceHaveTenLinesAndANumber) {
  declare(all_declared(30, true));
  for (unsigned n = 1; n <= 30; ++n) {
    observe(n, true);
    inspect(n, {AccountSwitch::Off});
  }
  watch_->refresh();
  ASSERT_THAT(logged_, SizeIs(11));
  EXPECT_THAT(logged_.back(), HasSubstr("20 more findings began"));
  EXPECT_THAT(lines_, SizeIs(30)) << "the journal has all";
}

TEST_F(FindingsWatchTest, ARoundForgetsWhatHasNoAccountsAnyMore) {
  declare({declared(1, true), declared(2, true)});
  observe(1, true);
  observe(2, true);
  inspect(1, {AccountSwitch::Off});
  inspect(2, {AccountSwitch::Off});
  watch_->refresh();
  listener().completed({.subscriptions = 2, .may_hold = {subscription_id(2)}});
  watch_->refresh();
  EXPECT_THAT(kinds(), SizeIs(1));
  EXPECT_EQ(findings_.snapshot()->last_round, clock_.wall_now());
}

TEST_F(FindingsWatchTest, ShowsHowFarTheFirstInspectionIs) {
  declare({declared(1, true)});
  observe(1, true);
  const Inspector::Listener inspector = listener();
  inspector.passed(std::nullopt);
  EXPECT_FALSE(findings_.snapshot()->round);
  inspector.passed(InspectionProgress{.subscriptions = 300, .left = 288});
  ASSERT_TRUE(findings_.snapshot()->round);
  EXPECT_EQ(findings_.snapshot()->round->subscriptions, 300U);
  EXPECT_EQ(findings_.snapshot()->round->left, 288U);
  EXPECT_EQ(findings_.snapshot()->last_round, std::nullopt);
  inspect(1, {AccountSwitch::Off});
  inspector.completed(
      {.subscriptions = 300, .may_hold = {subscription_id(1)}, .next = clock_.wall_now() + 6h});
  EXPECT_FALSE(findings_.snapshot()->round) << "at once, without another step";
  EXPECT_EQ(findings_.snapshot()->last_round, clock_.wall_now());
  EXPECT_EQ(findings_.snapshot()->next_round, clock_.wall_now() + 6h);
  EXPECT_THAT(kinds(), ElementsAre(FindingKind::AccountSwitchedOff));
  watch_->set_enabled(false);
  EXPECT_EQ(findings_.snapshot()->next_round, std::nullopt);
}

// After a restart a subscription cannot be inspected: that does not end its finding.
TEST_F(FindingsWatchTest, WhatCannotBeLookedAtAfterARestartIsNotOver) {
  declare({declared(1, true)});
  observe(1, true);
  watch_->recall(
      {{subscription_id(1), FindingKind::AccountSwitchedOff, "chat-0", clock_.wall_now()}});
  listener().completed({.subscriptions = 1, .may_hold = {subscription_id(1)}, .not_permitted = 1});
  EXPECT_THAT(logged_, Not(Contains(HasSubstr("no longer: "))));
  EXPECT_THAT(watch_->memory(), SizeIs(1));
  listener().completed({.subscriptions = 1});
  EXPECT_THAT(logged_, Contains(HasSubstr("no longer: ")));
}

TEST_F(FindingsWatchTest, AMissingPermissionIsSaidOnce) {
  const InspectionRound denied{.denied = {"x/read"}};
  listener().completed(denied);
  listener().completed(denied);
  listener().completed({});
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("the identity lacks the action x/read"),
                                   HasSubstr("can be seen")));
  listener().completed({.subscriptions = 3, .failed = 2, .failure = "it is broken"});
  EXPECT_THAT(logged_.back(), HasSubstr("inspected 0 AI accounts of 3 subscriptions; 2 "
                                        "subscriptions could not be inspected: it is broken"));
  listener().completed({.subscriptions = 1, .accounts = 1, .failed = 1, .failure = "a bug"});
  EXPECT_THAT(logged_.back(), HasSubstr("inspected 1 AI account of 1 subscription; 1 subscription "
                                        "could not be inspected: a bug"));
  watch_->refresh();
  EXPECT_EQ(findings_.snapshot()->failure, "a bug");
}

TEST_F(FindingsWatchTest, ARestartKeepsSinceAndSaysWhatEndedMeanwhile) {
  declare({declared(1, true), declared(2, true)});
  observe(1, true);
  observe(2, true);
  inspect(1, {AccountSwitch::Off});
  inspect(2, {AccountSwitch::Off});
  watch_->refresh();
  const auto memory = watch_->memory();
  ASSERT_THAT(memory, SizeIs(2));
  logged_.clear();
  clock_.advance(24h);
  findings_.keep_only([](SubscriptionId) { return false; });
  watch_ = make();
  watch_->recall(memory);
  watch_->refresh();
  EXPECT_EQ(watch_->memory(), memory) << "a restart before the first round forgets nothing";
  inspect(1, {AccountSwitch::Off});
  inspect(2, {AccountSwitch::On});
  watch_->refresh();
  EXPECT_THAT(logged_, IsEmpty()) << "it was reported by the earlier run";
  EXPECT_EQ(findings_.snapshot()->findings.at(0).since, memory[0].since);
  listener().completed({.may_hold = {subscription_id(1), subscription_id(2)}});
  ASSERT_THAT(logged_, SizeIs(1));
  EXPECT_THAT(logged_[0], AllOf(HasSubstr("no longer"), HasSubstr(guid(2))));
  EXPECT_THAT(watch_->memory(), SizeIs(1));
}

TEST_F(FindingsWatchTest, WhatAScopeMayStillCoverIsNotReportedAsEnded) {
  declare({declared(1, true), declared(2, true)});
  watch_->recall({{subscription_id(1), FindingKind::AccountSwitchedOff, id_of(1, 0), {}},
                  {subscription_id(2), FindingKind::AccountSwitchedOff, id_of(2, 0), {}},
                  {subscription_id(3), FindingKind::AccountSwitchedOff, id_of(3, 0), {}},
                  {subscription_id(4), FindingKind::AccountSwitchedOff, id_of(4, 0), {}}});
  may_be_covered_ = subscription_id(3);
  listener().completed({});
  EXPECT_THAT(logged_, SizeIs(3));
  for (const std::string& line : logged_) EXPECT_THAT(line, testing::Not(HasSubstr(guid(3))));
  ASSERT_THAT(watch_->memory(), SizeIs(1));
  EXPECT_EQ(watch_->memory()[0].subscription, subscription_id(3));
  may_be_covered_.reset();
  listener().completed({});
  EXPECT_THAT(logged_.back(), HasSubstr(guid(3)));
  EXPECT_THAT(watch_->memory(), IsEmpty());
}

TEST_F(FindingsWatchTest, SwitchedOffItKnowsNothing) {
  declare({declared(1, true)});
  observe(1, true);
  inspect(1, {AccountSwitch::Off});
  watch_->refresh();
  watch_->set_enabled(false);
  EXPECT_FALSE(findings_.snapshot()->enabled);
  EXPECT_THAT(kinds(), IsEmpty());
  watch_->refresh();
  EXPECT_THAT(kinds(), IsEmpty());
  watch_->set_enabled(true);
  watch_->refresh();
  EXPECT_TRUE(findings_.snapshot()->enabled);
}

}  // namespace
}  // namespace defenderd
