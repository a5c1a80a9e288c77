// What the journal's lines say about drifts and edits, for the histories.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "telemetry/journal_folder.h"

namespace defenderd {
namespace {

using samples::corrected;
using samples::declared;
using samples::in_sync;
using samples::withheld;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class JournalLinesTest : public JournalFolder {};

TEST_F(JournalLinesTest, ANewDriftSaysWhenItWasLastAsDeclaredAndItsEndSinceWhen) {
  const auto journal = open();
  DriftSeen seen{samples::evidence_drift(), samples::at(5), samples::at(3)};
  journal->record(withheld(1, Reason::ObserveMode), {seen});
  seen.as_declared.reset();
  journal->record(withheld(1, Reason::DisableBrake), {seen});
  journal->record(in_sync(1));
  ASSERT_EQ(read().size(), 3U);
  EXPECT_EQ(lines_[0].as_declared, "2026-01-01T00:03:00.000Z");
  EXPECT_EQ(lines_[1].as_declared, "");
  EXPECT_EQ(lines_[2].result, "ended");
  for (const JournalLine& line : lines_) EXPECT_EQ(line.since, "2026-01-01T00:05:00.000Z");
}

TEST(JournalResults, OfAChangeAreItsOwn) {
  EXPECT_EQ(journal_result::kApplied, to_text(ChangeResult::Applied));
  EXPECT_EQ(journal_result::kFailed, to_text(ChangeResult::Failed));
  EXPECT_EQ(journal_result::kWithheld, to_text(ChangeResult::Withheld));
}

TEST_F(JournalLinesTest, WhatHasFailedEndsWhenOthersCorrectIt) {
  const auto journal = open();
  journal->about_to_write(declared(1), planned());
  journal->record(failed_write(1));
  journal->record(in_sync(1));
  journal->record(in_sync(1));
  ASSERT_THAT(read(), ElementsAre("failed promptEvidence off->on", "ended promptEvidence ->on"));
  EXPECT_EQ(lines_[1].message, "as declared again, after a write that failed");
}

// A reconcile that decides nothing about a field: its write is paused, or was withdrawn at a stop.
TEST_F(JournalLinesTest, WhatStillDiffersDoesNotEndForLackOfAChange) {
  const auto journal = open();
  for (const bool is_failed : {true, false}) {
    SCOPED_TRACE(is_failed);
    Outcome undecided = is_failed ? failed_write(1) : withheld(1, Reason::ObserveMode);
    journal->record(undecided);
    const std::vector<std::string> before = read();
    undecided.changes.clear();
    undecided.result = ReconcileResult::Retry;
    journal->record(undecided);
    undecided.changes = planned();
    journal->record(undecided);
    EXPECT_EQ(read(), before);
    journal->record(in_sync(1));
    ASSERT_EQ(read().size(), before.size() + 1);
    EXPECT_EQ(lines_.back().result, "ended");
    EXPECT_EQ(lines_.back().since, lines_[before.size() - 1].since);
  }
}

TEST_F(JournalLinesTest, WhatAWriteCorrectsAfterAPauseHasNoSecondEnd) {
  const auto journal = open();
  Outcome paused = failed_write(1);
  journal->record(paused);
  paused.changes.clear();
  journal->record(paused);
  journal->record(samples::corrected(1));
  journal->record(in_sync(1));
  EXPECT_THAT(read(),
              ElementsAre("failed promptEvidence off->on", "applied promptEvidence off->on"));
}

TEST_F(JournalLinesTest, AWaitForTheFleetThatGoesOnAfterAPauseHasALine) {
  const auto journal = open();
  Outcome paused = withheld(1, Reason::FleetNotObserved);
  journal->record(paused);
  paused.changes.clear();
  journal->record(paused);
  journal->record(withheld(1, Reason::FleetNotObserved));
  EXPECT_THAT(read(), ElementsAre("withheld promptEvidence off->on"));
}

TEST_F(JournalLinesTest, AFieldThatIsNoLongerDeclaredIsNotAsDeclared) {
  const auto journal = open();
  journal->record(withheld(1, Reason::ObserveMode));
  Outcome edited = in_sync(1);
  edited.desired.extensions.clear();
  edited.observed = samples::pricing(true, false);
  journal->record(edited);
  ASSERT_THAT(read(), ElementsAre("withheld promptEvidence off->on", "ended promptEvidence ->"));
  EXPECT_EQ(lines_[1].message, kNoLongerDeclared);
}

TEST_F(JournalLinesTest, WhatIsNoLongerDeclaredEnds) {
  const auto journal = open();
  journal->record(withheld(1, Reason::ObserveMode),
                  {{samples::evidence_drift(), samples::at(5), samples::at(3)}});
  journal->set_desired({});
  journal->set_desired({});
  ASSERT_THAT(read(), ElementsAre("withheld promptEvidence off->on", "ended promptEvidence ->"));
  EXPECT_EQ(lines_[1].name, "sub-1");
  EXPECT_EQ(lines_[1].since, lines_[0].since);
  EXPECT_EQ(lines_[1].message, kNoLongerDeclared);
}

TEST_F(JournalLinesTest, WhatLeftWhileDefenderdWasStoppedEndsToo) {
  {
    const auto journal = open();
    journal->record(withheld(1, Reason::ObserveMode));
    journal->record(withheld(2, Reason::ObserveMode));
  }
  const auto journal = open();
  const auto has_left = [](SubscriptionId id) { return id == subscription_id(1); };
  journal->end_earlier(has_left);
  journal->end_earlier(has_left);
  ASSERT_EQ(read().size(), 3U);
  EXPECT_EQ(lines_[2].result, "ended");
  EXPECT_EQ(lines_[2].subscription_id, subscription_id(1).text());
}

TEST_F(JournalLinesTest, SeveralActorsAreAList) {
  const auto journal = open();
  const Actor several{.kind = ActorKind::Several,
                      .name = "alice or bob",
                      .message = "one of: alice, bob",
                      .names = {"alice", "bob"}};
  journal->record(samples::declared(1), {{Field::plan(kDeclaredPlan)}, samples::at(5), several},
                  "plan changed by one of: alice, bob");
  ASSERT_EQ(read().size(), 1U);
  EXPECT_EQ(lines_[0].actor_kind, "several");
  EXPECT_EQ(lines_[0].actor, "alice or bob");
  EXPECT_EQ(lines_[0].actors, (std::vector<std::string>{"alice", "bob"}));
  EXPECT_EQ(parse_journal_line(format(lines_[0])), lines_[0]);
}

TEST_F(JournalLinesTest, AnEditNamesWhereItComesFromAndTheNextStartKnowsIt) {
  DesiredState desired;
  desired.hash = "0123456789abcdef";
  desired.commit = "4f2c9d1";
  {
    const auto journal = open();
    EXPECT_FALSE(journal->was_edited_meanwhile("anything")) << "there is nothing earlier";
    journal->set_desired(desired);
    journal->record_edit("1 added");
  }
  const auto journal = open();
  ASSERT_EQ(read().size(), 1U);
  EXPECT_EQ(lines_[0].result, "edited");
  EXPECT_EQ(lines_[0].message, "1 added");
  EXPECT_EQ(lines_[0].commit, "4f2c9d1");
  EXPECT_FALSE(journal->was_edited_meanwhile(desired.hash));
  EXPECT_TRUE(journal->was_edited_meanwhile("fedcba9876543210"));
}

// Of three fields that were withheld before the restart one is written, one is withheld still, and
// one is as declared.
TEST_F(JournalLinesTest, TheFirstWriteAfterARestartForgetsNothingThatWasWithheld) {
  const std::array drifts{samples::evidence_drift(),
                          Drift{Field::extension(kDeclaredPlan, "x"), true, "off"},
                          Drift{Field::plan(kDeclaredPlan), true, "off"}};
  Outcome waiting = withheld(1, Reason::DisableBrake);
  waiting.changes.clear();
  for (const Drift& drift : drifts)
    waiting.changes.push_back({drift, ChangeResult::Withheld, Reason::DisableBrake, "waits"});
  open()->record(waiting);
  ASSERT_EQ(read().size(), 3U);
  const auto journal = open();
  journal->about_to_write(declared(1), {Change{drifts[0]}});
  Outcome after = corrected(1);
  after.changes.push_back(waiting.changes[1]);
  journal->record(after);
  std::vector<std::string> news = read();  // intents are not shown
  ASSERT_GT(news.size(), 3U);
  news.erase(news.begin(), news.begin() + 3);
  EXPECT_THAT(news, UnorderedElementsAre("applied promptEvidence off->on", "ended plan ->on"));
  EXPECT_EQ(lines_[3].was_withheld, "DisableBrake");
}

}  // namespace
}  // namespace defenderd
