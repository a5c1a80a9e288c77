#include "telemetry/status_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/damaged_text.h"
#include "telemetry/samples.h"
#include "telemetry/status_board.h"
#include "telemetry/status_section.h"

namespace defenderd {
namespace {

using samples::at;
using samples::declared;
using samples::state_of;

class StatusMemoryTest : public testing::Test {
 protected:
  static void record(StatusBoard& board, const Outcome& outcome, int minute,
                     ObservedBy by = ObservedBy::Direct) {
    board.record(outcome, at(minute), at(minute + 5), 0, by);
  }
  // A new board with what the other one remembers, by way of the text.
  static void restart(const StatusBoard& before, StatusBoard& after,
                      const std::vector<DesiredSubscription>& subscriptions, int minute) {
    const auto memory = parse_status_section(format(before.memory()));
    ASSERT_TRUE(memory) << memory.error().message;
    after.recall(*memory);
    after.set_desired(state_of(subscriptions), at(minute));
  }
  static StatusRow row(const StatusBoard& board, int n) { return *board.find(subscription_id(n)); }
  static WallTime since(const StatusBoard& board, int n, ConditionType type) {
    return row(board, n).condition(type).last_transition;
  }

  const std::vector<DesiredSubscription> fleet_{declared(1), declared(2), declared(3), declared(4),
                                                declared(5)};
  StatusBoard before_;
  StatusBoard after_;
};

TEST_F(StatusMemoryTest, AStateLastsSinceBeforeTheRestart) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::in_sync(1), 1);
  record(before_, samples::withheld(2, Reason::ObserveMode), 2);
  record(before_, samples::failed(3, Reason::Forbidden, 403), 3);
  record(before_, samples::corrected(4), 4);
  restart(before_, after_, fleet_, 60);
  for (int n = 1; n <= 5; ++n) EXPECT_EQ(row(after_, n).state, State::Unknown) << n;
  record(after_, samples::in_sync(1), 61);
  record(after_, samples::withheld(2, Reason::ObserveMode), 61);
  record(after_, samples::failed(3, Reason::Forbidden, 403), 61);
  record(after_, samples::in_sync(4), 61);
  record(after_, samples::in_sync(5), 61);
  for (int n = 1; n <= 4; ++n) EXPECT_EQ(row(after_, n).state_since, at(n)) << n;
  EXPECT_EQ(row(after_, 5).state_since, at(61)) << "it was never observed before";
  for (const ConditionType type : kAllConditionTypes) {
    EXPECT_EQ(since(after_, 1, type), at(1)) << to_text(type);
    EXPECT_EQ(since(after_, 2, type), at(2)) << to_text(type);
  }
  EXPECT_EQ(row(after_, 2).differences->drift, row(before_, 2).differences->drift);
  EXPECT_EQ(row(after_, 4).last_change, at(4));
  EXPECT_EQ(row(after_, 4).differences->last_changes, row(before_, 4).differences->last_changes);
}

TEST_F(StatusMemoryTest, AnotherStateThanBeforeTheRestartBeginsNow) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::in_sync(1), 1);
  record(before_, samples::withheld(2, Reason::ObserveMode), 2);
  restart(before_, after_, fleet_, 60);
  record(after_, samples::failed(1, Reason::Timeout, 0), 61);
  record(after_, samples::in_sync(1), 62);
  record(after_, samples::in_sync(2), 61);
  EXPECT_EQ(row(after_, 1).state_since, at(62)) << "it failed in between";
  EXPECT_EQ(row(after_, 2).state_since, at(61));
  EXPECT_TRUE(row(after_, 2).differences->drift.empty());
}

TEST_F(StatusMemoryTest, AWaitForTheWholeFleetDoesNotEndAState) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::failed(1, Reason::ExtensionFailed, 200), 1);
  record(before_, samples::withheld(2, Reason::DisableBrake), 2);
  restart(before_, after_, fleet_, 60);
  for (int n = 1; n <= 2; ++n) record(after_, samples::withheld(n, Reason::FleetNotObserved), 61);
  StatusBoard later;
  restart(after_, later, fleet_, 90);
  for (StatusBoard* const board : {&after_, &later}) {
    record(*board, samples::failed(1, Reason::ExtensionFailed, 200), 91);
    record(*board, samples::withheld(2, Reason::DisableBrake), 91);
    for (int n = 1; n <= 2; ++n) EXPECT_EQ(row(*board, n).state_since, at(n)) << n;
  }
}

TEST_F(StatusMemoryTest, WhatWasKnownStaysKnownThroughAnOutage) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::in_sync(1), 10);
  record(before_, samples::withheld(2, Reason::ObserveMode), 20);
  record(before_, samples::in_sync(3), 5, ObservedBy::Graph);
  restart(before_, after_, fleet_, 60);
  for (int n = 1; n <= 4; ++n) {
    if (n > 2) record(after_, samples::failed(n, Reason::Timeout, 0), 61);
    EXPECT_EQ(row(after_, n).known(), Known::NotKnown) << n;
  }
  EXPECT_EQ(row(after_, 1).last_known, Known::AsDeclared);
  EXPECT_EQ(row(after_, 1).last_observed(), at(10));
  EXPECT_EQ(row(after_, 2).last_known, Known::Different);
  EXPECT_EQ(row(after_, 2).last_observed(), at(20));
  ASSERT_NE(row(after_, 2).observed, nullptr);
  EXPECT_EQ(*row(after_, 2).observed, *row(before_, 2).observed);
  EXPECT_EQ(row(after_, 3).last_known, Known::AsDeclared);
  EXPECT_EQ(row(after_, 3).observed_by(), ObservedBy::Graph);
  EXPECT_EQ(row(after_, 4).last_known, Known::NotKnown);
  for (int n = 1; n <= 4; ++n) EXPECT_FALSE(row(after_, n).observed_in_this_run);
}

TEST_F(StatusMemoryTest, ASecondRestartBeforeTheFirstObservationLosesNothing) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::in_sync(1), 1);
  record(before_, samples::withheld(2, Reason::ObserveMode), 2);
  StatusBoard between;
  restart(before_, between, fleet_, 60);
  EXPECT_EQ(format(between.memory()), format(before_.memory()));
  restart(between, after_, fleet_, 90);
  record(after_, samples::in_sync(1), 91);
  record(after_, samples::withheld(2, Reason::ObserveMode), 91);
  EXPECT_EQ(row(after_, 1).state_since, at(1));
  EXPECT_EQ(row(after_, 2).differences->drift.front().since, at(2));
}

TEST_F(StatusMemoryTest, WhatScopesDeclareLaterIsRememberedUntilTheFleetIsComplete) {
  before_.set_desired(state_of(fleet_), at(0));
  for (int n = 1; n <= 5; ++n) record(before_, samples::in_sync(n), n);
  restart(before_, after_, {declared(1)}, 60);
  EXPECT_EQ(after_.memory().in_sync.size(), 5U) << "another restart may come first";
  after_.set_desired(state_of({declared(1), declared(2), declared(3)}), at(61));
  record(after_, samples::in_sync(2), 62);
  EXPECT_EQ(row(after_, 2).state_since, at(2));
  EXPECT_EQ(after_.sweep_completed(at(600)), (std::vector{subscription_id(4), subscription_id(5)}))
      << "no longer declared";
  EXPECT_EQ(after_.memory().in_sync.size(), 3U);
}

TEST_F(StatusMemoryTest, WhatAScopeMayStillCoverStaysRemembered) {
  before_.set_desired(state_of(fleet_), at(0));
  for (int n = 1; n <= 5; ++n) record(before_, samples::in_sync(n), n);
  record(before_, samples::failed(5, Reason::Timeout, 0), 6);
  restart(before_, after_, {declared(1)}, 60);
  const auto may_cover = [](SubscriptionId id) {
    return id == subscription_id(3) || id == subscription_id(5);
  };
  for (int sweep = 0; sweep < 2; ++sweep) {
    EXPECT_EQ(after_.sweep_completed(at(600), may_cover),
              (sweep == 0 ? std::vector{subscription_id(2), subscription_id(4)}
                          : std::vector<SubscriptionId>()));
  }
  after_.set_desired(state_of({declared(1), declared(3), declared(5)}), at(61));
  record(after_, samples::in_sync(3), 62);
  EXPECT_EQ(row(after_, 3).state_since, at(3));
  EXPECT_TRUE(after_.sweep_completed(at(600)).empty()) << "all came";
}

TEST_F(StatusMemoryTest, MostOfAFleetIsSixtyBytesEach) {
  std::vector<DesiredSubscription> fleet;
  for (int n = 1; n <= 1000; ++n) fleet.push_back(declared(n));
  before_.set_desired(state_of(fleet), at(0));
  for (int n = 1; n <= 1000; ++n) record(before_, samples::in_sync(n), n % 7);
  EXPECT_LT(format(before_.memory()).size(), 60'000U);
  EXPECT_TRUE(before_.memory().others.empty());
}

TEST_F(StatusMemoryTest, ConditionsKeepTheirOwnTimes) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::in_sync(1), 1);
  record(before_, samples::withheld(1, Reason::ObserveMode), 7);
  record(before_, samples::failed(1, Reason::Timeout, 0), 9);
  restart(before_, after_, fleet_, 60);
  record(after_, samples::failed(1, Reason::Timeout, 0), 61);
  for (const ConditionType type : kAllConditionTypes)
    EXPECT_EQ(since(after_, 1, type), since(before_, 1, type)) << to_text(type);
}

TEST_F(StatusMemoryTest, OnlyTheLatestChangesAreKept) {
  before_.set_desired(state_of(fleet_), at(0));
  for (int n = 1; n <= 4; ++n) record(before_, samples::corrected(n), n);
  record(before_, samples::withheld(5, Reason::ObserveMode), 1);
  StatusMemory memory = before_.memory();
  EXPECT_EQ(memory.others.size(), 5U);
  forget_old_changes(memory, 2);
  std::vector<SubscriptionId> kept;
  for (const RememberedRow& row : memory.others) kept.push_back(row.id);
  std::sort(kept.begin(), kept.end());
  EXPECT_EQ(kept, (std::vector{subscription_id(3), subscription_id(4), subscription_id(5)}))
      << "and what is not in sync";
  EXPECT_EQ(memory.in_sync.size(), 2U);
}

TEST_F(StatusMemoryTest, TheRevisionChangesOnlyWithWhatIsRemembered) {
  before_.set_desired(state_of(fleet_), at(0));
  record(before_, samples::in_sync(1), 1);
  const std::uint64_t known = before_.memory_revision();
  for (int minute = 2; minute < 20; ++minute) record(before_, samples::in_sync(1), minute);
  before_.seen_by_graph({subscription_id(1)}, at(20));
  EXPECT_EQ(before_.memory_revision(), known);
  record(before_, samples::withheld(1, Reason::ObserveMode), 21);
  EXPECT_GT(before_.memory_revision(), known);
}

TEST_F(StatusMemoryTest, WhatEachAttemptChangesIsNoChange) {
  before_.set_desired(state_of(fleet_), at(0));
  Outcome failed = samples::failed(1, Reason::Timeout, 504);
  Outcome unwritten = samples::withheld(2, Reason::ObserveMode);
  record(before_, failed, 1);
  record(before_, unwritten, 1);
  const std::uint64_t known = before_.memory_revision();
  for (int minute = 2; minute < 20; ++minute) {
    failed.failure->trace.request_id = "r" + std::to_string(minute);
    failed.failure->message = failed.message = "no answer for " + std::to_string(minute);
    failed.reason = failed.failure->reason =
        minute % 2 == 0 ? Reason::ServerError : Reason::Timeout;
    record(before_, failed, minute);
    unwritten.changes[0].trace.request_id = failed.failure->trace.request_id;
    unwritten.changes[0].message = failed.message;
    record(before_, unwritten, minute);
  }
  EXPECT_EQ(before_.memory_revision(), known);
  const std::uint64_t observed = before_.observed_revision();
  before_.sweep_completed(at(600));
  EXPECT_EQ(before_.memory_revision(), known) << "nothing left";
  EXPECT_GT(before_.observed_revision(), observed);
}

TEST_F(StatusMemoryTest, WhatIsFoundAgainAfterARestartIsNoChange) {
  before_.set_desired(state_of(fleet_), at(0));
  const auto observe = [](StatusBoard& board, int minute) {
    record(board, samples::in_sync(1), minute);
    record(board, samples::withheld(2, Reason::ObserveMode), minute);
    record(board, samples::failed(3, Reason::Forbidden, 403), minute);
    record(board, samples::in_sync(4), minute);
  };
  record(before_, samples::corrected(4), 1);
  observe(before_, 2);
  restart(before_, after_, fleet_, 60);
  const std::uint64_t known = after_.memory_revision();
  observe(after_, 61);
  EXPECT_EQ(after_.memory_revision(), known);
  record(after_, samples::in_sync(5), 61);
  EXPECT_GT(after_.memory_revision(), known) << "the first observation of all";
}

TEST(StatusSection, HasADocumentedForm) {
  StatusBoard board;
  board.set_desired(state_of({declared(1), declared(2)}), at(0));
  board.record(samples::in_sync(1), at(61), at(65), 0);
  Outcome outcome = samples::withheld(2, Reason::ObserveMode);
  outcome.unproven = {{"AIPromptEvidence", "no permission"}};
  board.record(outcome, at(2), at(5), 0);
  EXPECT_EQ(
      format(board.memory()),
      R"({"inSync":[{"from":"2026-01-01T01:00:00.000Z","afterMs":)"
      R"({"00000000-0000-4000-8000-000000000001":60000}}],)"
      R"("inSyncObserved":{"direct":"2026-01-01T01:01:00.000Z"},"others":[)"
      R"({"id":"00000000-0000-4000-8000-000000000002","state":"drifted",)"
      R"("since":"2026-01-01T00:02:00.000Z",)"
      R"("conditions":{"Observed":"True","InSync":"False","Held":"True"},)"
      R"("lastKnown":"different","observedAt":{"direct":"2026-01-01T00:02:00.000Z"},"observed":0,)"
      R"("drift":[{"extension":"AIPromptEvidence","desired":true,"observed":"off",)"
      R"("since":"2026-01-01T00:02:00.000Z"}],)"
      R"("pendingChanges":[{"extension":"AIPromptEvidence","desired":true,"observed":"off",)"
      R"("result":"withheld","reason":"ObserveMode","message":"waits for a person"}],)"
      R"("unproven":[{"name":"AIPromptEvidence","message":"no permission"}]}],"pricings":[)"
      R"({"tier":"Standard","extensions":[{"name":"AIPromptEvidence","on":false}]}]})");
}

// A failure, and two changes that no read has shown.
Outcome unresolved(int n) {
  Outcome outcome = samples::failed(n, Reason::Timeout, 504);
  const Drift drift{Field::extension(kDeclaredPlan, "AIPromptEvidence"), true, "off"};
  outcome.unconfirmed = {
      {drift, {.request_id = "r-1"}, {}, at(3), 2, true, true},
      {{Field::plan(kDeclaredPlan), false, "on"}, {}, {}, at(4), 0, false, false}};
  return outcome;
}

TEST(StatusSection, HasWhatIsUnresolved) {
  StatusBoard board;
  board.set_desired(state_of({declared(1)}), at(0));
  board.record(unresolved(1), at(5), at(6), 0);
  const std::string text = format(board.memory());
  EXPECT_NE(
      text.find(R"("state":"failing","since":"2026-01-01T00:05:00.000Z","reason":"Timeout",)"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("unconfirmed":[{"extension":"AIPromptEvidence","desired":true,)"
                      R"("observed":"off","written":"2026-01-01T00:03:00.000Z","writes":2,)"
                      R"("accepted":true,"reported":true,"requestId":"r-1"},)"
                      R"({"field":"plan","desired":false,"observed":"on",)"
                      R"("written":"2026-01-01T00:04:00.000Z","writes":0,"accepted":false,)"
                      R"("reported":false}])"),
            std::string::npos)
      << text;
  const auto read = parse_status_section(text);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->others.size(), 1U);
  EXPECT_EQ(read->others[0].differences.unconfirmed, unresolved(1).unconfirmed);
  EXPECT_EQ(read->others[0].state.failing_for, Reason::Timeout);
  EXPECT_EQ(format(*read), text);
}

TEST(StatusSection, WhatIsNotUnderstoodWhollyIsAnError) {
  StatusBoard board;
  board.set_desired(state_of({declared(1), declared(2), declared(3)}), at(0));
  board.record(samples::in_sync(1), at(61), at(65), 0);
  board.record(samples::withheld(2, Reason::ObserveMode), at(2), at(5), 0);
  board.record(unresolved(3), at(5), at(6), 0);
  const std::string good = format(board.memory());
  ASSERT_TRUE(parse_status_section(good));
  expect_rejects_each(good,
                      {{good, "[]"},
                       {good, "{"},
                       {"\"inSync\":[", "\"inSync\":[1,"},
                       {"60000", "\"soon\""},
                       {"60000", "-1"},
                       {"60000", "3600000"},
                       {"60000", "9223372036854775807"},
                       {"-000000000001", "-1"},
                       {"\"drifted\"", "\"adrift\""},
                       {R"("since":"2026-01-01T00:02:00.000Z","cond)", R"("since":"then","cond)"},
                       {R"("InSync":"False")", R"("InSync":"False since then")"},
                       {R"("InSync":"False")", R"("InSync":"No")"},
                       {"\"observed\":0", "\"observed\":1"},
                       {"\"observed\":0", "\"observed\":-1"},
                       {"\"pricings\"", "\"prices\""},
                       {"\"different\"", "\"other\""},
                       {R"("tier":"Standard")", "\"tier\":1"},
                       {R"("name":"AIPromptEvidence")", "\"name\":0"},
                       {"\"desired\":true", "\"desired\":1"},
                       {"\"withheld\"", "\"kept\""},
                       {"\"ObserveMode\"", "\"Because\""},
                       {"\"drift\":[", "\"drift\":[0,"},
                       {R"("reason":"Timeout")", R"("reason":"Tired")"},
                       {"\"unconfirmed\":[", "\"unconfirmed\":[0,"},
                       {R"("written":"2026-01-01T00:03:00.000Z")", R"("written":"before")"},
                       {"\"writes\":2", R"("writes":"2")"},
                       {"\"accepted\":true", "\"accepted\":1"},
                       {"\"reported\":true", "\"told\":true"}},
                      parse_status_section);
}

}  // namespace
}  // namespace defenderd
