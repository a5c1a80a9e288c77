// SIGTERM and SIGINT.

#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGTERM

#include "e2e/world.h"

namespace defenderd {
namespace {

class StopTest : public World, public testing::WithParamInterface<int> {};

TEST_P(StopTest, EndsWithZeroWhenIdle) {
  azure_.add(subscription(1, true));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon->output();
  daemon->signal(GetParam());
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->output();
}

TEST_P(StopTest, LetsAPutInFlightFinishAndTakesNoNewWork) {
  for (unsigned n = 1; n <= 40; ++n) azure_.add(subscription(n, n > 1));
  std::vector<std::string> entries;
  for (unsigned n = 1; n <= 40; ++n) entries.push_back("id: " + id(n) + ", plan: on");
  write("desired.yaml", desired(entries));
  azure_.inject(armsim::Fault::held(armsim::Operation::Write));
  const auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() == 1; })) << daemon->output();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads == 40; }));
  daemon->signal(GetParam());
  EXPECT_EQ(daemon->wait_exit(std::chrono::milliseconds(100)), std::nullopt)
      << "it waits for its PUT";
  azure_.release_held();
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->output();
  EXPECT_TRUE(azure_.plan(id(1)).on);
  EXPECT_EQ(azure_.counters().writes, 1U);
}

TEST_P(StopTest, AHangingReadDoesNotHoldItUp) {
  azure_.add(subscription(1, true));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  azure_.inject(armsim::Fault::held(armsim::Operation::Read));
  const auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() == 1; })) << daemon->output();
  daemon->signal(GetParam());
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->output();
}

INSTANTIATE_TEST_SUITE_P(Signals, StopTest, testing::Values(SIGTERM, SIGINT),
                         [](const auto& signal) {
                           return signal.param == SIGTERM ? "Term" : "Int";
                         });

}  // namespace
}  // namespace defenderd
