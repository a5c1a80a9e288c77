#include "telemetry/status_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;
using samples::declared;
using samples::state_of;

class StatusBoardTest : public testing::Test {
 protected:
  void declare(const std::vector<DesiredSubscription>& subscriptions, int minute = 0) {
    board_.set_desired(state_of(subscriptions), at(minute));
  }
  void record(const Outcome& outcome, int minute) {
    board_.record(outcome, at(minute), at(minute + 5), 0);
  }
  StatusRow row(int n) const { return *board_.find(subscription_id(n)); }
  Condition condition(int n, ConditionType type) const { return row(n).condition(type); }

  StatusBoard board_;
};

TEST_F(StatusBoardTest, NewRowsAreUnknown) {
  declare({declared(1)}, 3);
  EXPECT_EQ(row(1).state, State::Unknown);
  EXPECT_EQ(row(1).reason, Reason::NotObservedYet);
  EXPECT_EQ(row(1).state_since, at(3));
  EXPECT_FALSE(row(1).in_sync());
  for (const ConditionType type : kAllConditionTypes) {
    EXPECT_EQ(condition(1, type).type, type);
    EXPECT_EQ(condition(1, type).status, ConditionStatus::Unknown) << to_text(type);
  }
}

TEST_F(StatusBoardTest, WhatIsNotKnownNowKeepsWhatWasKnown) {
  declare({declared(1), declared(2), declared(3)});
  record(samples::in_sync(1), 1);
  record(samples::withheld(2, Reason::ObserveMode), 1);
  EXPECT_EQ(row(1).known(), Known::AsDeclared);
  EXPECT_EQ(row(2).known(), Known::Different);
  EXPECT_EQ(row(3).known(), Known::NotKnown);
  for (int n = 1; n <= 3; ++n) record(samples::failed(n, Reason::Timeout, 0), 2);
  for (int n = 1; n <= 3; ++n) EXPECT_EQ(row(n).known(), Known::NotKnown);
  EXPECT_EQ(row(1).last_known, Known::AsDeclared);
  EXPECT_EQ(row(2).last_known, Known::Different);
  EXPECT_EQ(row(3).last_known, Known::NotKnown) << "never observed";
  EXPECT_EQ(row(1).last_observed(), at(1));
  const KnownCounts counts = count_known(board_.snapshot());
  EXPECT_EQ(counts.now, (std::array<std::size_t, 3>{0, 0, 3}));
  EXPECT_EQ(counts.last, (std::array<std::size_t, 3>{1, 1, 1}));
}

TEST_F(StatusBoardTest, RowsFollowTheDesiredState) {
  declare({declared(1), declared(2)});
  record(samples::in_sync(2), 1);
  DesiredSubscription changed = declared(2, "renamed");
  declare({declared(3), changed}, 2);

  EXPECT_EQ(board_.find(subscription_id(1)), nullptr);
  EXPECT_EQ(row(2).desired, changed);
  EXPECT_EQ(row(2).state, State::InSync);
  EXPECT_EQ(row(2).last_observed(), at(1));
  EXPECT_EQ(row(3).state, State::Unknown);
  const StatusSnapshot snapshot = board_.snapshot();
  ASSERT_EQ(snapshot.rows.size(), 2U);
  EXPECT_EQ(snapshot.rows[0]->desired->id, subscription_id(3));
  EXPECT_EQ(snapshot.rows[1]->desired->id, subscription_id(2));
}

TEST_F(StatusBoardTest, TagsFollowTheListings) {
  const auto listed = [](int n, std::vector<Tag> tags) {
    return DiscoveredSubscription{.id = subscription_id(static_cast<unsigned>(n)),
                                  .tags = std::move(tags)};
  };
  const std::vector<Tag> prod{{"env", "prod"}};
  declare({declared(1), declared(2)});
  const std::uint64_t untagged = board_.snapshot().revision;
  board_.set_tags({listed(1, prod), listed(2, {}), listed(3, prod)});
  EXPECT_EQ(row(1).tags, prod);
  EXPECT_GT(row(1).revision, untagged);
  EXPECT_LE(row(2).revision, untagged) << "it has none, as before";

  const std::uint64_t before = board_.snapshot().revision;
  board_.set_tags({listed(1, prod), listed(2, {}), listed(3, prod)});
  EXPECT_EQ(board_.snapshot().revision, before) << "nothing has changed";
  record(samples::in_sync(1), 1);
  EXPECT_EQ(row(1).tags, prod) << "an observation says nothing of them";
  declare({declared(1), declared(3)}, 2);
  EXPECT_EQ(row(3).tags, prod) << "it was listed before it was declared";
  board_.set_tags({listed(3, {})});
  EXPECT_TRUE(row(1).tags->empty());
  EXPECT_TRUE(row(3).tags->empty());
}

TEST_F(StatusBoardTest, CountsWhatWasNeverAttempted) {
  declare({declared(1), declared(2), declared(3)});
  EXPECT_EQ(board_.size(), 3U);
  EXPECT_EQ(board_.never_attempted(), 3U);
  record(samples::in_sync(2), 1);
  record(samples::in_sync(2), 2);
  board_.seen_by_graph({subscription_id(3)}, at(2));
  EXPECT_EQ(board_.never_attempted(), 1U);
  declare({declared(2), declared(4), declared(5)}, 3);
  EXPECT_EQ(board_.never_attempted(), 2U);
  declare({}, 4);
  EXPECT_EQ(board_.never_attempted(), 0U);
}

TEST_F(StatusBoardTest, EachIsFoundWhereverAnEditMovesIt) {
  declare({declared(1), declared(2), declared(3)});
  for (int n = 1; n <= 3; ++n) record(samples::in_sync(n), n);
  using Order = std::vector<int>;
  for (const Order& order : {Order{3, 2, 1}, Order{4, 3, 2, 1}, Order{3, 1}, Order{1, 3}, Order{5},
                             Order{1, 2, 3, 4, 5}}) {
    std::vector<DesiredSubscription> subscriptions;
    for (const int n : order) subscriptions.push_back(declared(n));
    declare(subscriptions, 9);
    const StatusSnapshot snapshot = board_.snapshot();
    ASSERT_EQ(snapshot.rows.size(), order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(snapshot.rows[i]->desired->id, subscription_id(order[i]));
      EXPECT_EQ(board_.find(subscription_id(order[i])), snapshot.rows[i]);
    }
    for (int n = 1; n <= 5; ++n) {
      const bool there = std::find(order.begin(), order.end(), n) != order.end();
      EXPECT_EQ(board_.find(subscription_id(n)) != nullptr, there) << n;
    }
    if (order.size() == 2) {
      EXPECT_EQ(row(3).last_observed(), at(3)) << "what is known of it moves with it";
    }
  }
}

TEST_F(StatusBoardTest, OutcomeOfWhatIsNotDeclaredIsIgnored) {
  declare({declared(1)});
  const std::uint64_t before = board_.snapshot().revision;
  record(samples::in_sync(9), 1);
  EXPECT_EQ(board_.find(subscription_id(9)), nullptr);
  EXPECT_EQ(board_.snapshot().revision, before);
}

TEST_F(StatusBoardTest, OlderDesiredOfAnOutcomeDoesNotComeBack) {
  declare({declared(1, "new name")});
  record(samples::in_sync(1), 1);
  EXPECT_EQ(row(1).desired->name, "new name");
}

TEST_F(StatusBoardTest, StateSinceMovesOnlyWithTheState) {
  declare({declared(1)});
  record(samples::in_sync(1), 1);
  record(samples::in_sync(1), 6);
  EXPECT_EQ(row(1).state_since, at(1));
  record(samples::failed(1, Reason::Throttled, 429), 11);
  EXPECT_EQ(row(1).state_since, at(11));
  record(samples::failed(1, Reason::Forbidden, 403), 16);
  EXPECT_EQ(row(1).state_since, at(11));
  EXPECT_EQ(row(1).reason, Reason::Forbidden);
}

TEST_F(StatusBoardTest, DriftKeepsTheTimeItWasFirstSeen) {
  declare({declared(1)});
  record(samples::withheld(1, Reason::ObserveMode), 1);
  record(samples::withheld(1, Reason::ObserveMode), 6);
  ASSERT_EQ(row(1).differences->drift.size(), 1U);
  EXPECT_EQ(row(1).differences->drift[0].since, at(1));
  EXPECT_EQ(row(1).differences->pending.size(), 1U);
  record(samples::corrected(1), 11);
  EXPECT_TRUE(row(1).differences->drift.empty());
  EXPECT_TRUE(row(1).differences->pending.empty());
  EXPECT_EQ(row(1).last_change, at(11));
  ASSERT_EQ(row(1).differences->last_changes.size(), 1U);
  EXPECT_EQ(row(1).differences->trace.request_id, "request-1");
}

TEST_F(StatusBoardTest, FailureKeepsWhatWasObservedBefore) {
  declare({declared(1)});
  record(samples::withheld(1, Reason::ObserveMode), 1);
  board_.record(samples::failed(1, Reason::ServerError, 500), at(6), at(7), 2);
  EXPECT_EQ(*row(1).observed, samples::pricing(true, false));
  EXPECT_EQ(row(1).last_observed(), at(1));
  EXPECT_EQ(row(1).last_attempt, at(6));
  EXPECT_EQ(row(1).differences->drift.size(), 1U);
  EXPECT_EQ(row(1).next_due, at(7));
  EXPECT_EQ(row(1).consecutive_failures, 2);
  EXPECT_EQ(row(1).differences->trace.request_id, "failed-1");
}

TEST_F(StatusBoardTest, ACheckThatIsBroughtForwardIsNotShownLater) {
  declare({declared(1), declared(2)});
  record(samples::in_sync(1), 1);
  const std::uint64_t before = row(1).revision;
  board_.hasten(subscription_id(1), at(3));
  EXPECT_EQ(row(1).next_due, at(3));
  EXPECT_GT(row(1).revision, before);
  board_.hasten(subscription_id(1), at(4));
  EXPECT_EQ(row(1).next_due, at(3)) << "only earlier";
  board_.hasten(subscription_id(2), at(3));
  EXPECT_EQ(row(2).next_due, std::nullopt) << "was never checked";
  board_.hasten(subscription_id(3), at(3));  // not declared
}

TEST_F(StatusBoardTest, SnapshotDoesNotChangeAfterwards) {
  declare({declared(1)});
  const StatusSnapshot before = board_.snapshot();
  record(samples::in_sync(1), 1);
  declare({}, 2);
  ASSERT_EQ(before.rows.size(), 1U);
  EXPECT_EQ(before.rows[0]->state, State::Unknown);
  EXPECT_GT(board_.snapshot().revision, before.revision);
}

struct ConditionCase {
  std::string description;
  Outcome outcome;
  ConditionStatus observed;
  ConditionStatus in_sync;
  ConditionStatus held;
  Reason in_sync_reason;
};

void PrintTo(const ConditionCase& c, std::ostream* out) { *out << c.description; }

class ConditionTest : public StatusBoardTest, public testing::WithParamInterface<ConditionCase> {};

TEST_P(ConditionTest, FollowsFromTheOutcome) {
  declare({declared(1)});
  record(GetParam().outcome, 1);
  EXPECT_EQ(condition(1, ConditionType::Observed).status, GetParam().observed);
  EXPECT_EQ(condition(1, ConditionType::InSync).status, GetParam().in_sync);
  EXPECT_EQ(condition(1, ConditionType::Held).status, GetParam().held);
  EXPECT_EQ(condition(1, ConditionType::InSync).reason, GetParam().in_sync_reason);
}

Outcome extension_failed() {
  Outcome outcome = samples::in_sync(1);
  outcome.result = ReconcileResult::Failed;
  outcome.state = State::Failing;
  outcome.reason = Reason::ExtensionFailed;
  outcome.unproven = {{std::string(kPromptEvidence), "no quota"}};
  outcome.failure = Failure{Reason::ExtensionFailed, "no quota"};
  return outcome;
}

Outcome suspended_in_sync() {
  Outcome outcome = samples::in_sync(1);
  outcome.state = State::Suspended;
  outcome.reason = Reason::Suspended;
  return outcome;
}

using enum ConditionStatus;

INSTANTIATE_TEST_SUITE_P(
    All, ConditionTest,
    testing::Values(
        ConditionCase{"in sync", samples::in_sync(1), True, True, False, Reason::AsDeclared},
        ConditionCase{"corrected", samples::corrected(1), True, True, False, Reason::AsDeclared},
        ConditionCase{"drift that is not ours to correct",
                      samples::withheld(1, Reason::ObserveMode), True, False, True,
                      Reason::ObserveMode},
        ConditionCase{"held by the brake", samples::withheld(1, Reason::DisableBrake), True, False,
                      True, Reason::DisableBrake},
        ConditionCase{"not readable", samples::failed(1, Reason::Forbidden, 403), False, Unknown,
                      False, Reason::Forbidden},
        ConditionCase{"the service says an extension failed although it reads as on",
                      extension_failed(), True, False, False, Reason::ExtensionFailed},
        ConditionCase{"suspended, and yet as declared", suspended_in_sync(), True, True, False,
                      Reason::AsDeclared}));

TEST_F(StatusBoardTest, ConditionTimeMovesOnlyWithItsStatus) {
  declare({declared(1)});
  record(samples::withheld(1, Reason::ObserveMode), 1);
  record(samples::withheld(1, Reason::DisableBrake), 6);
  EXPECT_EQ(condition(1, ConditionType::InSync).last_transition, at(1));
  EXPECT_EQ(condition(1, ConditionType::InSync).reason, Reason::DisableBrake);
  record(samples::corrected(1), 11);
  EXPECT_EQ(condition(1, ConditionType::InSync).last_transition, at(11));
  EXPECT_EQ(condition(1, ConditionType::Observed).last_transition, at(1));
}

TEST_F(StatusBoardTest, NormalWaitThatSawNothingLeavesConditionsAsTheyWere) {
  declare({declared(1)});
  record(samples::in_sync(1), 1);
  Outcome throttled = samples::failed(1, Reason::Throttled, 429);
  throttled.result = ReconcileResult::Retry;
  throttled.state = State::InSync;
  throttled.reason = Reason::AsDeclared;
  record(throttled, 6);
  EXPECT_TRUE(row(1).in_sync());
  EXPECT_EQ(condition(1, ConditionType::Observed).status, ConditionStatus::True);
  EXPECT_EQ(row(1).last_observed(), at(1));
  EXPECT_EQ(row(1).last_attempt, at(6));
}

TEST_F(StatusBoardTest, WhileTheProviderIsRegisteredNothingIsKnown) {
  declare({declared(1)});
  record(samples::in_sync(1), 1);
  Outcome registering = samples::failed(1, Reason::ProviderRegistering, 404);
  registering.result = ReconcileResult::Retry;
  registering.state = State::Unknown;
  record(registering, 6);
  EXPECT_EQ(row(1).known(), Known::NotKnown);
  EXPECT_EQ(row(1).last_known, Known::AsDeclared);
  EXPECT_EQ(condition(1, ConditionType::Observed).status, ConditionStatus::False);
  EXPECT_EQ(row(1).last_observed(), at(1));
}

TEST_F(StatusBoardTest, AClockThatRanAheadLeavesNothingInTheFuture) {
  declare({declared(1)}, 600);
  record(samples::withheld(1, Reason::ObserveMode), 600);
  record(samples::failed(1, Reason::Timeout, 0), 601);
  record(samples::failed(1, Reason::Timeout, 0), 6);
  EXPECT_EQ(row(1).state_since, at(6));
  EXPECT_EQ(row(1).differences->drift.at(0).since, at(6));
  for (const Condition& condition : row(1).conditions) EXPECT_EQ(condition.last_transition, at(6));
  record(samples::withheld(1, Reason::ObserveMode), 11);
  EXPECT_EQ(row(1).differences->drift.at(0).since, at(6)) << "from then on it lasts";
}

TEST_F(StatusBoardTest, WhatTheGraphShowsAgainMovesTheTimeAndNothingElse) {
  declare({declared(1), declared(2)});
  record(samples::in_sync(1), 1);
  EXPECT_EQ(row(1).observed_by(), ObservedBy::Direct);
  const StatusRow before = row(1);
  board_.seen_by_graph({subscription_id(1), subscription_id(9)}, at(6));
  const StatusRow after = row(1);
  EXPECT_EQ(after.observed_by(), ObservedBy::Graph);
  EXPECT_EQ(after.last_observed(), at(6));
  EXPECT_EQ(after.last_attempt, at(6));
  EXPECT_EQ(after.observed_by_graph, at(6));
  EXPECT_EQ(after.observed_directly, at(1));
  EXPECT_EQ(after.next_due, before.next_due);
  EXPECT_EQ(after.observed, before.observed);
  EXPECT_EQ(after.conditions, before.conditions);
  EXPECT_GT(after.revision, before.revision);
  record(samples::in_sync(1), 7);
  EXPECT_EQ(row(1).observed_by(), ObservedBy::Direct);
  EXPECT_EQ(row(2).observed_by(), std::nullopt);
}

TEST_F(StatusBoardTest, WhatTheGraphShowsFirstIsAnObservation) {
  declare({declared(1)});
  board_.record(samples::in_sync(1), at(1), at(40), 0, ObservedBy::Graph);
  EXPECT_TRUE(row(1).in_sync());
  EXPECT_EQ(row(1).observed_by(), ObservedBy::Graph);
  EXPECT_EQ(row(1).observed_directly, std::nullopt);
  EXPECT_EQ(row(1).next_due, at(40));
}

TEST_F(StatusBoardTest, IsSharedByThreads) {
  std::vector<DesiredSubscription> all;
  for (int n = 0; n < 50; ++n) all.push_back(declared(n));
  declare(all);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        if (t == 0) board_.set_desired(state_of(all), at(i));
        board_.record(samples::in_sync(i % 50), at(i), std::nullopt, 0);
        EXPECT_EQ(board_.snapshot().rows.size(), 50U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int n = 0; n < 50; ++n) EXPECT_EQ(row(n).state, State::InSync) << n;
}

}  // namespace
}  // namespace defenderd
