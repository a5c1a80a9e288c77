#include "core/brake_memory.h"

#include <gtest/gtest.h>

#include "core/brakes.h"

namespace defenderd {
namespace {

// A restart: another process with other steady times, and a wall clock that may have been set.
struct RestartCase {
  std::string what;
  Duration wall_passed;  // since the memory was saved, by the wall clock
  Duration until_free;   // in the new process
};

void PrintTo(const RestartCase& one, std::ostream* out) { *out << one.what; }

class RestartTest : public testing::TestWithParam<RestartCase> {};

TEST_P(RestartTest, ARestartShortensNoWindow) {
  const RestartCase& item = GetParam();
  Brake before = disable_brake(3);
  want_plans(before, 1, 3);
  for (unsigned n = 1; n <= 3; ++n) apply(before, n, kPlan);
  const SteadyTime saved = kStart + 10min;
  const RememberedBrake memory = before.memory(saved, kWall);

  constexpr SteadyTime kBooted{5s};
  Brake after = disable_brake(3);
  after.recall(memory, kWall, kBooted,
               kWall + std::chrono::duration_cast<WallTime::duration>(item.wall_passed));
  after.want(subscription_id(4), {kPlan});
  EXPECT_EQ(after.holds(), item.until_free > Duration::zero()) << item.what;
  if (item.until_free == Duration::zero()) return;
  after.pass_time(kBooted + item.until_free - 1s);
  EXPECT_TRUE(after.holds()) << item.what;
  after.pass_time(kBooted + item.until_free);
  EXPECT_FALSE(after.holds()) << item.what;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RestartTest,
    testing::Values(RestartCase{"at once", 0s, 50min},
                    RestartCase{"half an hour later", 30min, 20min},
                    RestartCase{"when the window has passed", 50min, 0s},
                    RestartCase{"a year later", 24h * 365, 0s},
                    RestartCase{"the clock was set back a minute", -1min, 50min},
                    RestartCase{"the clock was set back to 1970", -24h * 365 * 55, 50min}));

TEST(BrakeMemory, ARestartLosesNeitherWhatIsUnderWayNorWhatIsConfirmed) {
  Brake before = disable_brake(1);
  before.want(subscription_id(1), {kPlan});
  EXPECT_TRUE(before.allow(subscription_id(1), kPlan));
  want_plans(before, 2, 3);
  before.confirm(kCode);
  EXPECT_FALSE(before.allow(subscription_id(3), kPlan)) << "a confirmed one counts for no other";
  const RememberedBrake memory = before.memory(kStart, kWall);
  EXPECT_EQ(memory.switched, (std::vector<RememberedSwitch>{{{subscription_id(1), kPlan}, kWall}}));
  EXPECT_EQ(memory.confirmed,
            (std::vector<RememberedConfirmation>{{{subscription_id(2), kPlan}, kCode},
                                                 {{subscription_id(3), kPlan}, kCode}}));

  Brake after = disable_brake(1);
  after.recall(memory, kWall, kStart, kWall);
  EXPECT_EQ(after.memory(kStart, kWall), memory);
  want_plans(after, 2, 4);
  EXPECT_FALSE(after.holds(subscription_id(2), kPlan));
  EXPECT_EQ(after.confirmed_by(subscription_id(2), kPlan), kCode);
  EXPECT_TRUE(after.holds(subscription_id(4), kPlan));
  apply(after, 2, kPlan);
  after.want(subscription_id(2), {kPlan});
  EXPECT_TRUE(after.holds(subscription_id(2), kPlan)) << "once and only once";
}

TEST(BrakeMemory, AConfirmationOfAnEarlierRunEndsWhenNothingWantsIt) {
  const RememberedBrake memory{{},
                               {{{subscription_id(1), kPlan}},
                                {{subscription_id(2), kPlan}},
                                {{subscription_id(3), kPlan}}}};
  Brake brake = disable_brake(0);
  brake.recall(memory, kWall, kStart, kWall);
  brake.want(subscription_id(1), {});
  brake.want(subscription_id(1), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(1), kPlan)) << "it was observed, and was as declared";
  brake.want(subscription_id(2), {kPlan});
  brake.pass_time(kStart + 1h);
  EXPECT_TRUE(brake.is_confirmed(subscription_id(2), kPlan));
  brake.want(subscription_id(3), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(3), kPlan)) << "nothing wanted it for a whole window";
}

TEST(BrakeMemory, AConfirmationOfWhatIsNotDeclaredIsVoid) {
  const RememberedBrake memory{
      {{{subscription_id(3), kPlan}, kWall}},
      {{{subscription_id(1), kPlan}, kCode}, {{subscription_id(2), kPlan}, kCode}}};
  Brake brake = disable_brake(0);
  brake.recall(memory, kWall, kStart, kWall);
  const auto before = brake.revision();
  brake.forget_recalled([](SubscriptionId id) { return id == subscription_id(2); });
  EXPECT_GT(brake.revision(), before) << "it is saved";
  want_plans(brake, 1, 2);
  EXPECT_TRUE(brake.holds(subscription_id(1), kPlan));
  EXPECT_TRUE(brake.is_confirmed(subscription_id(2), kPlan));
  EXPECT_EQ(brake.memory(kStart, kWall).switched, memory.switched) << "which counts all the same";
}

// A file may contain anything.
TEST(BrakeMemory, AMemoryFromTheFutureCountsFromNowOn) {
  Brake brake = disable_brake(1);
  brake.recall(
      {{{{subscription_id(1), kPlan}, kWall + 24h * 365}, {{subscription_id(1), kPlan}, kWall}},
       {}},
      kWall, kStart, kWall);
  brake.want(subscription_id(2), {kPlan});
  EXPECT_TRUE(brake.holds());
  brake.pass_time(kStart + 1h);
  EXPECT_FALSE(brake.holds());
}

}  // namespace
}  // namespace defenderd
