// Starts in a row keep the budget together, and leave ARM hardly anything to refuse although others
// use most of its bucket.

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "e2e/world.h"

namespace defenderd {
namespace {

constexpr unsigned kFleet = 400;
constexpr int kReads = 20;  // a second
constexpr int kStarts = 5;

class RestartBudgetTest : public World {
 protected:
  RestartBudgetTest() {
    std::string text = settings();
    const std::string budget = "readsPerSecond: 1000";
    text.replace(text.find(budget), budget.size(), "readsPerSecond: " + std::to_string(kReads));
    write("settings.yaml", text);
    declare_on(kFleet);
  }
  // Stopped once ARM has received so many more reads.
  void start_and_stop(unsigned reads) {
    const auto wanted = azure_.counters().reads + reads;
    const auto daemon = run();
    EXPECT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= wanted; }))
        << daemon->output();
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0) << daemon->output();
  }
  // The most reads in any second.
  [[nodiscard]] std::size_t busiest_second() const {
    std::vector<std::chrono::system_clock::time_point> times;
    for (const armsim::LoggedRequest& request : azure_.requests())
      if (request.operation == armsim::Operation::Read) times.push_back(request.received);
    std::size_t most = 0;
    for (auto first = times.begin(); first != times.end(); ++first) {
      const auto end = std::lower_bound(first, times.end(), *first + std::chrono::seconds(1));
      most = std::max(most, static_cast<std::size_t>(end - first));
    }
    return most;
  }
  [[nodiscard]] std::uint64_t refused() const {
    const auto statuses = azure_.counters().by_status;
    return statuses.contains(429) ? statuses.at(429) : 0;
  }
};

TEST_F(RestartBudgetTest, StartsInARowKeepTheBudget) {
  for (int i = 0; i < kStarts; ++i) start_and_stop(kReads);
  EXPECT_LE(busiest_second(), static_cast<std::size_t>(2 * kReads));
}

TEST_F(RestartBudgetTest, WhatOthersLeaveOfTheBucketIsEnough) {
  azure_.set_behaviour([](armsim::Behaviour& behaviour) {
    behaviour.read_bucket = {50, 5};
    behaviour.buckets_shared = true;
  });
  for (int i = 0; i < kStarts; ++i) start_and_stop(i == 0 ? 70 : 12);
  EXPECT_LE(refused(), 5U) << "of " << azure_.counters().reads;
}

}  // namespace
}  // namespace defenderd
