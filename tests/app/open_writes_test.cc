#include "app/open_writes.h"

#include <gmock/gmock.h>

#include "app/state_sections.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "telemetry/status_section.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const ExtensionFailure kScanner{"AIModelScanner", "no role"};

RememberedRow row(unsigned n, std::vector<ExtensionFailure> unproven) {
  RememberedRow row{subscription_id(n), {State::Failing, WallTime(1h)}, Known::Different};
  row.differences.unproven = std::move(unproven);
  return row;
}

Outcome outcome(unsigned n, std::vector<ExtensionFailure> unproven = {}) {
  Outcome outcome;
  outcome.desired = declared(n, true);
  if (!unproven.empty())
    outcome.drift_left = {{Field::extension(kDeclaredPlan, "AIModelScanner"), true, "unproven"}};
  outcome.unproven = std::move(unproven);
  return outcome;
}

class OpenWritesTest : public testing::Test {
 protected:
  // As a daemon saved it.
  void restore(const StatusMemory& memory) {
    ASSERT_TRUE(section_.read(format(memory), clock_.wall_now()));
  }
  [[nodiscard]] StatusMemory saved() const { return *parse_status_section(section_.write()); }
  // What the next run finds.
  [[nodiscard]] std::vector<SubscriptionId> left() const {
    std::vector<SubscriptionId> ids;
    for (const auto& [id, open] :
         unresolved_of(saved(), {clock_.steady_now(), clock_.wall_now()})) {
      if (!open.unresolved.empty()) ids.push_back(id);
    }
    return ids;
  }

  FakeClock clock_;
  OpenWrites open_{clock_};
  StateSection section_ = open_.section();
};

TEST_F(OpenWritesTest, WhatIsNotTouchedStaysAsItWas) {
  restore({.in_sync = {{subscription_id(1), WallTime(1h)}}, .others = {row(2, {kScanner})}});
  const std::string before = section_.write();
  open_.note(outcome(1));
  open_.note(outcome(2, {kScanner}));
  EXPECT_EQ(section_.write(), before);
  EXPECT_EQ(section_.revision().any, 0U);
  ASSERT_EQ(open_.earlier().size(), 1U);
  EXPECT_THAT(open_.earlier().at(subscription_id(2)).unresolved.unproven, ElementsAre(kScanner));
}

TEST_F(OpenWritesTest, WhatThisRunLeavesOpenIsAddedToWhatOthersLeft) {
  restore({.in_sync = {{subscription_id(1), WallTime(1h)}, {subscription_id(4), WallTime(1h)}},
           .others = {row(2, {kScanner})}});
  open_.note(outcome(1, {kScanner}));
  open_.note(outcome(3, {kScanner}));
  EXPECT_EQ(section_.revision().before_write, 2U) << "the next write waits until it is saved";
  EXPECT_THAT(left(),
              UnorderedElementsAre(subscription_id(1), subscription_id(2), subscription_id(3)));
  const StatusMemory memory = saved();
  EXPECT_THAT(memory.in_sync, ElementsAre(std::pair(subscription_id(4), WallTime(1h))));
  for (const RememberedRow& each : memory.others) {
    EXPECT_EQ(each.last_known, Known::Different);
    const State expected = each.id == subscription_id(1)   ? State::InSync
                           : each.id == subscription_id(2) ? State::Failing
                                                           : State::Unknown;
    EXPECT_EQ(each.state.state, expected) << "as it was reported";
  }
}

TEST_F(OpenWritesTest, WhatThisRunResolvesIsOpenNoLonger) {
  restore({.others = {row(2, {kScanner})}});
  open_.note(outcome(2));
  EXPECT_THAT(left(), IsEmpty());
  ASSERT_EQ(saved().others.size(), 1U);
  EXPECT_EQ(saved().others.front().last_known, Known::AsDeclared);
  EXPECT_EQ(saved().others.front().state.state, State::Failing) << "as it was reported";
  open_.note(outcome(2, {kScanner}));
  EXPECT_THAT(left(), ElementsAre(subscription_id(2)));
}

// The state forgets it a day after it left.
TEST_F(OpenWritesTest, WhatHadLeftTheListIsKeptOnceThisRunDeclaresIt) {
  RememberedRow gone = row(2, {kScanner});
  gone.left = clock_.wall_now() - 23h;
  restore({.others = {gone}});
  ASSERT_EQ(saved().others.front().left, gone.left);
  open_.note(outcome(2, {kScanner}));
  ASSERT_EQ(saved().others.size(), 1U);
  EXPECT_EQ(saved().others.front().left, std::nullopt);
  EXPECT_EQ(section_.revision().before_write, 1U);
  EXPECT_THAT(left(), ElementsAre(subscription_id(2)));
}

TEST_F(OpenWritesTest, AChangeThatNoReadHasShownKeepsItsTime) {
  const Drift drift{Field::plan(kDeclaredPlan), true, "off"};
  Outcome written = outcome(1);
  written.unconfirmed = {
      {.drift = drift, .written_at = clock_.steady_now(), .written = clock_.wall_now()}};
  open_.note(written);
  OpenWrites next(clock_);
  ASSERT_TRUE(next.section().read(section_.write(), clock_.wall_now()));
  ASSERT_EQ(next.earlier().at(subscription_id(1)).unresolved.unconfirmed.size(), 1U);
  EXPECT_EQ(next.earlier().at(subscription_id(1)).unresolved.unconfirmed.front().written_at,
            clock_.steady_now());
}

}  // namespace
}  // namespace defenderd
