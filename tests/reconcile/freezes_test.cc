#include "reconcile/freezes.h"

#include <gtest/gtest.h>

#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1);

std::vector<std::string> reasons(const std::shared_ptr<const ActiveFreezes>& active) {
  std::vector<std::string> result;
  if (!active) return result;
  for (const ActiveFreeze& one : *active) result.push_back(one.freeze->reason);
  return result;
}
using Reasons = std::vector<std::string>;

TEST(FreezesTest, AreInForceByTheClockAlone) {
  FakeClock clock;
  Freezes freezes(clock);
  EXPECT_EQ(freezes.at(kNow), nullptr);
  freezes.set_declared({{.reason = "a", .from = kNow, .until = kNow + 2h},
                        {.reason = "b", .from = kNow + 1h, .until = kNow + 3h}});
  EXPECT_EQ(reasons(freezes.at(kNow - 1s)), Reasons{});
  EXPECT_EQ(reasons(freezes.at(kNow)), Reasons{"a"});
  EXPECT_EQ(reasons(freezes.at(kNow + 1h)), (Reasons{"a", "b"}));
  EXPECT_EQ(reasons(freezes.at(kNow + 2h)), Reasons{"b"});
  EXPECT_EQ(reasons(freezes.at(kNow + 1min)), Reasons{"a"}) << "the clock was set back";
  EXPECT_EQ(reasons(freezes.at(kNow + 3h)), Reasons{});
  freezes.set_declared({});
  EXPECT_EQ(freezes.at(kNow), nullptr);
}

TEST(FreezesTest, OfTheApiStayUntilTheyAreEndedOrOver) {
  FakeClock clock;
  Freezes freezes(clock);
  const std::uint64_t before = freezes.revision();
  EXPECT_TRUE(freezes.command({.reason = "a", .from = clock.wall_now()}));
  EXPECT_TRUE(
      freezes.command({.reason = "b", .from = clock.wall_now(), .until = clock.wall_now() + 1h}));
  EXPECT_GT(freezes.revision(), before);
  freezes.set_declared({});
  EXPECT_EQ(reasons(freezes.at(clock.wall_now())), (Reasons{"a", "b"}))
      << "an edit does not end them";
  clock.advance(90min);
  freezes.forget_over(clock.wall_now());
  EXPECT_EQ(freezes.commanded().size(), 2U) << "the clock may be wrong";
  EXPECT_EQ(freezes.list(clock.wall_now()).size(), 1U);
  clock.advance(30min);
  freezes.forget_over(clock.wall_now());
  EXPECT_EQ(freezes.commanded().size(), 1U);
  const auto all = [](const Freeze&) { return true; };
  EXPECT_TRUE(freezes.thaw([](const Freeze&) { return false; }, clock.wall_now()).empty());
  EXPECT_EQ(freezes.thaw(all, clock.wall_now()).size(), 1U);
  EXPECT_TRUE(freezes.thaw(all, clock.wall_now()).empty());
  EXPECT_EQ(freezes.at(clock.wall_now()), nullptr);
}

TEST(FreezesTest, EarlyOnesAreInForceUntilTheSettingsAre) {
  FakeClock clock;
  Freezes freezes(clock);
  freezes.set_declared({{.reason = "a"}});
  EXPECT_TRUE(freezes.set_early({{.reason = "b"}}));
  EXPECT_FALSE(freezes.set_early({{.reason = "b"}})) << "nothing has changed";
  EXPECT_EQ(reasons(freezes.at(kNow)), (Reasons{"a", "b"}));
  EXPECT_EQ(freezes.list(kNow).size(), 2U);
  freezes.set_declared({{.reason = "b"}});
  EXPECT_EQ(reasons(freezes.at(kNow)), Reasons{"b"});
  EXPECT_EQ(freezes.list(kNow).size(), 1U) << "each is listed once";
  EXPECT_TRUE(freezes.set_early({{.reason = "c"}}));
  EXPECT_TRUE(freezes.set_early({}));
  EXPECT_EQ(reasons(freezes.at(kNow)), Reasons{"b"}) << "the edit was reverted";
}

TEST(FreezesTest, AnEndByTheApiIsPastByBothClocks) {
  FakeClock clock;
  Freezes freezes(clock);
  const WallTime start = clock.wall_now();
  EXPECT_TRUE(freezes.command({.reason = "until", .until = start + 4h}));
  EXPECT_TRUE(freezes.command({.reason = "for", .until = start + 4h, .length = Duration(4h)}));
  clock.set_wall_clock(5h);
  EXPECT_EQ(reasons(freezes.at(clock.wall_now())), (Reasons{"until", "for"}));
  EXPECT_EQ((*freezes.at(clock.wall_now()))[1].ends, start + 9h);
  clock.set_wall_clock(-6h);
  clock.advance(4h);
  EXPECT_EQ(reasons(freezes.at(clock.wall_now())), Reasons{"until"});
  clock.advance(1h);
  EXPECT_EQ(reasons(freezes.at(clock.wall_now())), Reasons{});
}

TEST(FreezesTest, OfTheApiAreBounded) {
  FakeClock clock;
  Freezes freezes(clock);
  for (std::size_t i = 0; i < Freezes::kMaxCommanded; ++i)
    EXPECT_TRUE(freezes.command({.reason = "number " + std::to_string(i)}));
  EXPECT_FALSE(freezes.command({.reason = "again"}));
}

class FrozenFleetTest : public Fleet {
 protected:
  void make_frozen() { make({}, WritePermit().unless_frozen(freezes_)); }
  Freezes freezes_{clock_};
};

TEST_F(FrozenFleetTest, ObservesAndWritesNothing) {
  make_frozen();
  freezes_.set_declared({{.reason = "incident"}});
  store_.put(subscription_id(1), free_plan());
  use({declared(1, true)});
  run_for(1h);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_GT(store_.reads(), 5);
  EXPECT_EQ(last(1).state, State::Held);
  EXPECT_EQ(last(1).reason, Reason::Frozen);
  freezes_.set_declared({});
  run_for(6min);
  EXPECT_EQ(last(1).state, State::InSync);
}

TEST_F(FrozenFleetTest, MayStillSwitchOnWhereThatIsExcepted) {
  make_frozen();
  freezes_.set_declared({{.reason = "year-end", .except_enable = true}});
  store_.put(subscription_id(1), free_plan());
  store_.put(subscription_id(2), standard_plan());
  use({declared(1, true), declared(2, false)});
  run_for(10min);
  EXPECT_EQ(last(1).state, State::InSync);
  EXPECT_EQ(last(2).reason, Reason::Frozen);
  EXPECT_EQ(store_.get(subscription_id(2)).tier, Tier::Standard);
}

TEST_F(FrozenFleetTest, ConcernsOnlyTheOwnersItNames) {
  make_frozen();
  freezes_.set_declared({{.reason = "audit", .owners = {"payments"}}});
  DesiredSubscription theirs = declared(1, true);
  theirs.owner = "payments";
  for (unsigned n = 1; n <= 2; ++n) store_.put(subscription_id(n), free_plan());
  use({theirs, declared(2, true)});
  run_for(10min);
  EXPECT_EQ(last(1).reason, Reason::Frozen);
  EXPECT_EQ(last(2).state, State::InSync);
}

// Between the decision and the turn to write a freeze begins.
TEST_F(FrozenFleetTest, IsAskedRightBeforeThePut) {
  make_frozen();
  store_.put(subscription_id(1), free_plan());
  store_.on_turn([this] { freezes_.set_declared({{.reason = "stop"}}); });
  use({declared(1, true)});
  run_for(1min);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(last(1).reason, Reason::Frozen);
}

TEST_F(FrozenFleetTest, ThatBeginsBeforeThePutLeavesThroughWhatItExcepts) {
  make_frozen();
  store_.put(subscription_id(1),
             standard_plan({{"AIModelScanner", true}, {"AIPromptEvidence", false}}));
  store_.on_turn([this] { freezes_.set_declared({{.reason = "stop", .except_enable = true}}); });
  use({declared(1, true, {{std::string(kModelScanner), false}, evidence(true)})});
  run_for(1min);
  EXPECT_EQ(store_.writes(), 1);
  EXPECT_EQ(store_.get(subscription_id(1)).find(kPromptEvidence)->enabled, true);
  EXPECT_EQ(store_.get(subscription_id(1)).find(std::string(kModelScanner))->enabled, true);
  EXPECT_EQ(last(1).reason, Reason::Frozen);
}

}  // namespace
}  // namespace defenderd
