#include "reconcile/pulse.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart{1h};

TEST(PulseTest, ShowsTheLongestOfThoseThatWork) {
  Pulse pulse(2, kStart);
  EXPECT_TRUE(pulse.read(kStart).idle);
  auto first = std::make_unique<Pulse::Working>(pulse, kStart);
  const Pulse::Working second(pulse, kStart + 5s);
  EXPECT_FALSE(pulse.read(kStart + 9s).idle);
  EXPECT_EQ(pulse.read(kStart + 9s).longest_working, 9s);
  first.reset();
  EXPECT_EQ(pulse.read(kStart + 9s).longest_working, 4s);
}

TEST(PulseTest, ShowsWhenAnyWorkerLastLived) {
  Pulse pulse(2, kStart);
  pulse.beat(kStart + 7s);
  EXPECT_EQ(pulse.read(kStart + 60s).since_beat, 53s);
}

TEST(PulseTest, MoreWorkersThanExpectedDoNoHarm) {
  Pulse pulse(1, kStart);
  std::vector<std::unique_ptr<Pulse::Working>> many;
  for (int i = 0; i < 3; ++i) many.push_back(std::make_unique<Pulse::Working>(pulse, kStart));
  EXPECT_FALSE(pulse.read(kStart).idle);
  many.clear();
  EXPECT_TRUE(pulse.read(kStart).idle);
}

}  // namespace
}  // namespace defenderd
