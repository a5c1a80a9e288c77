#include "app/outcome_recorder.h"

#include "app/wired_fleet.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class OutcomeRecorderTest : public WiredFleet {
 protected:
  static constexpr const char* kCorrected = R"(reconciles_total{result="corrected"})";
  static constexpr const char* kHeld = R"(brake_held_changes{reason="DisableBrake"})";

  // Declared as on, and switched off by somebody.
  Outcome corrected(unsigned n) const {
    Outcome outcome;
    outcome.desired = declared(n, true);
    outcome.result = ReconcileResult::Corrected;
    outcome.state = State::InSync;
    outcome.reason = Reason::AsDeclared;
    outcome.observed = standard_plan();
    outcome.changes = {{{Field::plan(kDeclaredPlan), true, "off"}, ChangeResult::Applied}};
    return outcome;
  }

  Controller::Listener listener_ = recorder_.listener();
};

TEST_F(OutcomeRecorderTest, TheJournalComesFirstThenBoardAndMetricsThenTheLog) {
  store_.put(subscription_id(1), free_plan());
  std::vector<std::string> order;
  on_journal_ = [&] {
    order.emplace_back("journal");
    EXPECT_EQ(row(1)->state, State::Unknown) << "the board shows what the journal does not have";
    EXPECT_EQ(metric(kCorrected), "0");
    EXPECT_THAT(logged_, IsEmpty());
  };
  on_log_ = [&](const std::string& line) {
    if (line.find("\"corrected\"") == std::string::npos) return;
    order.emplace_back("log");
    EXPECT_EQ(row(1)->state, State::InSync);
    EXPECT_EQ(metric(kCorrected), "1");
  };
  declare({declared(1, true)});
  EXPECT_THAT(order, ElementsAre("journal", "log"));
}

// A write takes seconds, and its reconcile has observed before.
TEST_F(OutcomeRecorderTest, ADriftBeganWhenItWasSeenForTheJournalAndForTheBoard) {
  store_.put(subscription_id(1), standard_plan());
  declare({declared(1, true)});
  store_.put(subscription_id(1), free_plan());
  clock_.advance(std::chrono::minutes(10));
  const WallTime seen_at = clock_.wall_now();
  Failure failure;
  failure.reason = Reason::ServerError;
  failure.message = "temporary";
  store_.fail_next_write(subscription_id(1), failure);
  store_.on_turn([this] { clock_.advance(std::chrono::seconds(3)); });
  work();
  ASSERT_THAT(row(1)->differences->drift, SizeIs(1));
  EXPECT_EQ(row(1)->differences->drift[0].since, seen_at);
  clock_.advance(std::chrono::minutes(10));
  work();
  ASSERT_THAT(journaled_, SizeIs(2));
  EXPECT_EQ(journaled_[0].result, "failed");
  EXPECT_EQ(journaled_[1].result, "applied");
  EXPECT_EQ(journaled_[0].since, journaled_[1].since);
}

TEST_F(OutcomeRecorderTest, WhatWaitsOfASubscriptionThatLeavesHasEnded) {
  store_.put(subscription_id(1), free_plan());
  DesiredSubscription observed = declared(1, true);
  observed.mode = Mode::Observe;
  declare({observed, declared(2, true)});
  ASSERT_FALSE(journaled_.empty());
  ASSERT_EQ(journaled_[0].result, "withheld");
  journaled_.clear();
  declare({declared(2, true)});
  ASSERT_THAT(journaled_, testing::Not(IsEmpty()));
  EXPECT_EQ(journaled_[0].result, "ended");
  EXPECT_EQ(journaled_[0].subscription_id, subscription_id(1).text());
  EXPECT_EQ(journaled_[0].message, "no longer declared; defenderd leaves it as it is in Azure");
}

TEST_F(OutcomeRecorderTest, WhatWasWrittenForADepartedSubscriptionIsJournaledAndLogged) {
  declare({});
  listener_.departed(corrected(1));
  EXPECT_THAT(journaled_, SizeIs(1));
  EXPECT_THAT(logged_, ElementsAre(HasSubstr(subscription_id(1).text())));
  EXPECT_EQ(row(1), nullptr);
  EXPECT_EQ(metric(kCorrected), "0");
}

TEST_F(OutcomeRecorderTest, ADepartedSubscriptionThatWasOnlyReadLeavesNoTrace) {
  declare({});
  Outcome outcome = corrected(1);
  outcome.changes.clear();
  outcome.result = ReconcileResult::InSync;
  listener_.departed(outcome);
  EXPECT_THAT(journaled_, IsEmpty());
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(OutcomeRecorderTest, ShowsWhatTheBrakeHolds) {
  for (unsigned n = 1; n <= 4; ++n) store_.put(subscription_id(n), standard_plan());
  declare({declared(1, false), declared(2, false), declared(3, false), declared(4, false)});
  EXPECT_EQ(metric(kHeld), "4");
  declare({declared(1, true), declared(2, true), declared(3, true), declared(4, true)});
  EXPECT_EQ(metric(kHeld), "0") << "nothing is to be switched off any more";
}

TEST_F(OutcomeRecorderTest, BulkObservationIsShownAndCountsAsNoReconcile) {
  fleet_.declare(state_of({declared(1, true), declared(2, true)}));
  BulkSeen seen;
  seen.at = clock_.wall_now();
  Outcome outcome = corrected(1);
  outcome.changes.clear();
  outcome.result = ReconcileResult::InSync;
  seen.first = {{outcome, seen.at + std::chrono::hours(1)}};
  listener_.bulk_seen(seen);
  ASSERT_NE(row(1), nullptr);
  EXPECT_EQ(row(1)->observed_by(), ObservedBy::Graph);
  EXPECT_TRUE(row(1)->in_sync());
  EXPECT_EQ(row(2)->state, State::Unknown);
  EXPECT_EQ(metric(R"(reconciles_total{result="in_sync"})"), "0");
  EXPECT_THAT(journaled_, IsEmpty());

  clock_.advance(std::chrono::minutes(5));
  BulkSeen later;
  later.at = clock_.wall_now();
  later.again = {subscription_id(1)};
  listener_.bulk_seen(later);
  EXPECT_EQ(row(1)->observed_by_graph, clock_.wall_now());
}

TEST_F(OutcomeRecorderTest, ADisagreementOfTheGraphIsPassedOn) {
  listener_.bulk_disagreed(corrected(1), {.first = true});
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("graph_disagrees")));
}

TEST_F(OutcomeRecorderTest, LogsTheFirstSweepOfTheCompleteFleetOnce) {
  store_.put(subscription_id(1), standard_plan());
  fleet_known_ = false;
  declare({declared(1, true)});
  EXPECT_THAT(logged_, IsEmpty()) << "scopes may cover more";
  EXPECT_NE(metric("sweep_last_completed_timestamp_seconds"), "0") << "counted all the same";
  fleet_known_ = true;
  for (int sweep = 0; sweep < 3; ++sweep) {
    clock_.advance(std::chrono::minutes(6));
    work();
  }
  EXPECT_THAT(logged_,
              ElementsAre(AllOf(HasSubstr("first_sweep"), HasSubstr("1 of 1 is as declared\""))));
}

TEST_F(OutcomeRecorderTest, TheFirstSweepCountsInWords) {
  store_.put(subscription_id(1), standard_plan());
  store_.put(subscription_id(2), free_plan());
  DesiredSubscription observed = declared(2, true);
  observed.mode = Mode::Observe;
  declare({declared(1, true), observed, declared(3, true)});
  EXPECT_THAT(logged_.back(), HasSubstr("1 of 3 is as declared, 1 differs, 1 is not known"));
}

TEST_F(OutcomeRecorderTest, TheFirstSweepEndsWithTheLastOfWhatTheScopesAdd) {
  for (unsigned n = 1; n <= 3; ++n) store_.put(subscription_id(n), standard_plan());
  fleet_known_ = false;
  declare({declared(1, true)});
  fleet_.declare(state_of({declared(1, true), declared(2, true), declared(3, true)}));
  fleet_known_ = true;
  recorder_.listed();
  EXPECT_THAT(logged_, IsEmpty()) << "two are to come";
  ASSERT_TRUE(controller_.step());
  EXPECT_THAT(logged_, IsEmpty()) << "one is to come";
  ASSERT_TRUE(controller_.step());
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("first_sweep"), HasSubstr("3 of 3"))));
  EXPECT_THAT(shares_.samples(), SizeIs(1));
}

TEST_F(OutcomeRecorderTest, TheFirstSweepEndsWithTheListingIfTheScopesAddNothing) {
  store_.put(subscription_id(1), standard_plan());
  fleet_known_ = false;
  declare({declared(1, true)});
  fleet_known_ = true;
  for (int listing = 0; listing < 3; ++listing) recorder_.listed();
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("first_sweep"), HasSubstr("1 of 1"))));
}

// Without a subscription no sweep ends.
TEST_F(OutcomeRecorderTest, TheRemovalOfTheWholeListWhileStoppedIsReported) {
  StatusMemory memory;
  for (unsigned n = 1; n <= 2; ++n) memory.others.emplace_back().id = subscription_id(n);
  board_.recall(std::move(memory));
  declare({});
  fleet_complete_ = false;
  recorder_.listed();
  EXPECT_THAT(logged_, IsEmpty()) << "scopes may cover both";
  fleet_complete_ = true;
  for (int listing = 0; listing < 2; ++listing) recorder_.listed();
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("left_list"), HasSubstr("2 of 2"))));
  EXPECT_THAT(shares_.samples(), IsEmpty());
}

// An entry that was removed while defenderd was stopped, and one that a tenant without a list may
// still cover.
TEST_F(OutcomeRecorderTest, AListThatIsMissingForGoodStopsNeitherDeparturesNorTheShares) {
  RememberedRow gone;
  gone.id = subscription_id(2);
  RememberedRow may_come;
  may_come.id = subscription_id(3);
  StatusMemory memory;
  memory.others = {gone, may_come};
  board_.recall(std::move(memory));
  fleet_known_ = false;
  fleet_complete_ = false;
  may_be_covered_ = {subscription_id(3)};
  store_.put(subscription_id(1), standard_plan());
  declare({declared(1, true)});
  EXPECT_THAT(logged_, IsEmpty()) << "scopes may cover both";
  EXPECT_THAT(shares_.samples(), IsEmpty());
  fleet_known_ = true;
  clock_.advance(std::chrono::minutes(6));
  work();
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("left_list"), HasSubstr("1 of 2 subscriptions")),
                                   HasSubstr("first_sweep")));
  EXPECT_THAT(shares_.samples(), SizeIs(1));
  ASSERT_EQ(board_.memory().others.size(), 1U);
  EXPECT_EQ(board_.memory().others[0].id, subscription_id(3)) << "still remembered";

  fleet_complete_ = true;
  may_be_covered_.clear();
  clock_.advance(std::chrono::minutes(6));
  work();
  EXPECT_THAT(logged_.back(), HasSubstr("left_list"));
  EXPECT_THAT(board_.memory().others, IsEmpty());
}

}  // namespace
}  // namespace defenderd
