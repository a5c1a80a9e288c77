// Writes whose answer is lost, and busy subscriptions: Azure is observed before anything is written
// again.

#include <gtest/gtest.h>

#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;

class LostAnswersTest : public testing::Test {
 protected:
  static SimAzure::Options options() {
    SimAzure::Options options;
    options.simulator.tls = armsim::Tls::None;
    options.timeout = 300ms;
    return options;
  }

  void SetUp() override {
    azure_.add(1, [](armsim::Subscription& s) {
      s.plan.on = true;
      s.plan.set("AIPromptEvidence", false);
      s.plan.set("AIPromptSharingWithPurview", true);
    });
    fleet_.declare({declared(1, true, {evidence(true)})});
  }

  // "GET 200", "PUT dropped", ...: requests for the plan in the order of their arrival.
  std::vector<std::string> requests() {
    std::vector<std::string> result;
    for (const armsim::LoggedRequest& request : azure_.world().requests()) {
      if (request.operation != Operation::Read && request.operation != Operation::Write) continue;
      result.push_back(request.method + " " +
                       (request.dropped ? "dropped" : std::to_string(request.status)));
    }
    return result;
  }

  void expect_in_sync() {
    EXPECT_EQ(fleet_.last().state, State::InSync) << fleet_.last().message;
    const armsim::Plan plan = azure_.world().plan(id_);
    EXPECT_TRUE(plan.has_on("AIPromptEvidence"));
    EXPECT_TRUE(plan.has_on("AIPromptSharingWithPurview"));
  }

  // The changes that were recorded as applied, with what is said of them.
  std::vector<std::string> applied() {
    std::vector<std::string> messages;
    for (const Outcome& outcome : fleet_.outcomes()) {
      for (const Change& change : outcome.changes)
        if (change.result == ChangeResult::Applied) messages.push_back(change.message);
    }
    return messages;
  }

  void expect_applied_after_all() {
    const auto changes = applied();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_NE(changes[0].find("did not say that ARM applied it; a read shows that it did"),
              std::string::npos)
        << changes[0];
  }

  using Log = std::vector<std::string>;
  const std::string id_ = subscription_id(1).text();
  FakeClock clock_;
  SimAzure azure_{clock_, options()};
  SimFleet fleet_{azure_.plans(), clock_};
};

TEST_F(LostAnswersTest, AGatewayTimeoutThatLied) {
  Fault lie = Fault::of(FaultKind::AnswerAfterEffect, Operation::Write);
  lie.status = 504;
  lie.code = "GatewayTimeout";
  azure_.world().inject(lie);
  fleet_.run(0s);
  EXPECT_EQ(fleet_.last().reason, Reason::Timeout);
  ASSERT_TRUE(fleet_.last().failure);
  EXPECT_TRUE(fleet_.last().failure->maybe_applied);
  fleet_.run(10s);
  EXPECT_EQ(requests(), (Log{"GET 200", "PUT 504", "GET 200"}));
  expect_in_sync();
  expect_applied_after_all();
}

TEST_F(LostAnswersTest, AGatewayTimeoutThatDidNot) {
  azure_.world().inject(Fault::answer(Operation::Write, 504, "GatewayTimeout"));
  fleet_.run(10s);
  EXPECT_EQ(requests(), (Log{"GET 200", "PUT 504", "GET 200", "PUT 200", "GET 200"}));
  expect_in_sync();
  EXPECT_EQ(applied(), (std::vector<std::string>{""})) << "by the second write";
}

// The gateway gives up after a minute, and the service works on.
TEST_F(LostAnswersTest, AGatewayTimeoutWhoseWriteLandsLater) {
  for (const auto delay : {5s, 90s}) {
    SCOPED_TRACE(delay.count());
    azure_.world().update(id_, [](auto& s) { s.plan.set("AIPromptEvidence", false); });
    Fault late = Fault::of(FaultKind::LandsLater, Operation::Write);
    late.delay = delay;
    azure_.world().inject(late);
    const auto landed = azure_.world().counters().writes_applied;
    fleet_.run(10min);
    expect_in_sync();
    EXPECT_EQ(azure_.world().counters().writes_applied, landed + 1);
  }
  EXPECT_EQ(applied().size(), 2U) << "each is recorded once";
  for (const std::string& message : applied())
    EXPECT_NE(message.find("a read shows that it did"), std::string::npos) << message;
}

// Somebody else corrects it, long after the write was given up.
TEST_F(LostAnswersTest, AWriteThatNeverLandsIsNotRecorded) {
  azure_.world().inject(Fault::answer(Operation::Write, 504, "GatewayTimeout"));
  fleet_.run(0s);
  azure_.world().inject(Fault::answer(Operation::Write, 403, "AuthorizationFailed").repeated(0));
  fleet_.run(30min);
  azure_.world().update(id_, [](auto& s) { s.plan.set("AIPromptEvidence", true); });
  fleet_.run(30min);
  expect_in_sync();
  EXPECT_TRUE(applied().empty());
}

TEST_F(LostAnswersTest, AConnectionThatBrokeAfterwards) {
  azure_.world().inject(Fault::of(FaultKind::DropAfterEffect, Operation::Write));
  fleet_.run(0s);
  EXPECT_EQ(fleet_.last().reason, Reason::ConnectionFailed);
  EXPECT_TRUE(fleet_.last().failure->maybe_applied);
  fleet_.run(10s);
  EXPECT_EQ(requests(), (Log{"GET 200", "PUT dropped", "GET 200"}));
  expect_in_sync();
  expect_applied_after_all();
}

TEST_F(LostAnswersTest, AConnectionThatBrokeBefore) {
  azure_.world().inject(Fault::of(FaultKind::DropBeforeEffect, Operation::Write));
  fleet_.run(10s);
  EXPECT_EQ(requests(), (Log{"GET 200", "PUT dropped", "GET 200", "PUT 200", "GET 200"}));
  expect_in_sync();
}

TEST_F(LostAnswersTest, AnAnswerThatWasCutOff) {
  azure_.world().inject(Fault::of(FaultKind::Truncate, Operation::Write));
  fleet_.run(10s);
  ASSERT_EQ(requests().size(), 3U);
  EXPECT_EQ(requests().back(), "GET 200");
  expect_in_sync();
  expect_applied_after_all();
}

TEST_F(LostAnswersTest, AnAnswerThatMakesNoSense) {
  Fault garbage = Fault::of(FaultKind::ReplaceBody, Operation::Write);
  garbage.message = "<html>";
  azure_.world().inject(garbage);
  fleet_.run(10s);
  // One read instead of the answer, one that verifies.
  EXPECT_EQ(requests(), (Log{"GET 200", "PUT 200", "GET 200", "GET 200"}));
  expect_in_sync();
}

TEST_F(LostAnswersTest, AWriteThatOutlastsTheDeadline) {
  azure_.world().inject(Fault::held(Operation::Write));
  fleet_.run(0s);
  EXPECT_EQ(fleet_.last().reason, Reason::Timeout);
  EXPECT_TRUE(fleet_.last().failure->maybe_applied);
  azure_.world().release_held();
  ASSERT_TRUE(
      azure_.world().wait_for([&] { return azure_.world().plan(id_).has_on("AIPromptEvidence"); }));
  fleet_.run(10s);
  EXPECT_EQ(azure_.world().counters().writes, 1U);
  expect_in_sync();
  expect_applied_after_all();
}

class BusyTest : public testing::Test {
 protected:
  static SimAzure::Options options() {
    SimAzure::Options options;
    options.simulator.tls = armsim::Tls::None;
    return options;
  }
  FakeClock clock_;
  SimAzure azure_{clock_, options()};
  SimFleet fleet_{azure_.plans(), clock_};
};

// The second write of defenderd's own pair comes too early for a subscription that stays locked
// for a while after the first.
TEST_F(BusyTest, ItsOwnSecondWriteWaitsAndIsNoFailure) {
  azure_.world().set_behaviour([](armsim::Behaviour& behaviour) {
    behaviour.list_honoured_when_switching = false;
    behaviour.write_cool_down = 12s;
  });
  const std::string id = azure_.add(1);
  fleet_.declare({declared(1, true, {evidence(false)})});
  fleet_.run(9s);
  ASSERT_EQ(fleet_.outcomes().size(), 1U) << "the first retry comes after 10 to 15 s";
  EXPECT_EQ(fleet_.last().result, ReconcileResult::Retry);
  EXPECT_EQ(fleet_.last().state, State::Drifted);
  fleet_.run(1min);
  EXPECT_EQ(fleet_.last().state, State::InSync);
  EXPECT_FALSE(azure_.world().plan(id).has_on("AIPromptEvidence"));
  for (const Outcome& outcome : fleet_.outcomes())
    EXPECT_NE(outcome.result, ReconcileResult::Failed) << outcome.message;
}

TEST_F(BusyTest, AServersWaitIsKeptAndAlone) {
  const std::string slow = azure_.add(1);
  const std::string other = azure_.add(2);
  azure_.world().inject(Fault::throttle(Operation::Write, "372").at(slow));
  fleet_.declare({declared(1, true), declared(2, true)});
  fleet_.run(371s);
  EXPECT_EQ(azure_.world().counters(slow).requests, 2U) << "a GET and the refused PUT";
  EXPECT_TRUE(azure_.world().plan(other).on);
  fleet_.run(1s);
  EXPECT_TRUE(azure_.world().plan(slow).on);
}

TEST_F(BusyTest, AWaitOfZeroIsNoInvitation) {
  const std::string id = azure_.add(1);
  azure_.world().inject(Fault::throttle(Operation::Read, "0").at(id).repeated(0));
  fleet_.declare({declared(1, true)});
  fleet_.run(10s);
  EXPECT_LE(azure_.world().counters(id).reads, 11U) << "once a second at most";
}

}  // namespace
}  // namespace defenderd
