#include "reconcile/work_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/builders.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const SteadyTime kNow{1h};
const Lane kDefault = std::nullopt;
const Lane kOther = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");

SubscriptionId id(unsigned n) { return subscription_id(n); }

TEST(WorkQueueTest, GivesTheLongestDueFirstAndNothingEarly) {
  WorkQueue queue({});
  queue.add(id(1), kDefault, kNow + 2s);
  queue.add(id(2), kDefault, kNow + 1s);
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 1s);
  EXPECT_EQ(queue.try_pop(kNow + 5s), id(2));
  EXPECT_EQ(queue.try_pop(kNow + 5s), id(1));
  EXPECT_EQ(queue.try_pop(kNow + 5s), std::nullopt);
}

TEST(WorkQueueTest, HoldsEachOnceAndBringsForwardOnly) {
  WorkQueue queue({});
  queue.add(id(1), kDefault, kNow + 5s);
  queue.add(id(1), kDefault, kNow + 9s);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 5s);
  queue.add(id(1), kDefault, kNow);
  EXPECT_EQ(queue.stats(kNow).size, 1U);
  EXPECT_EQ(queue.try_pop(kNow), id(1));
  EXPECT_EQ(queue.try_pop(kNow + 1h), std::nullopt);
}

TEST(WorkQueueTest, NoTwoWorkersHoldTheSame) {
  WorkQueue queue({});
  queue.add(id(1), kDefault, kNow);
  ASSERT_EQ(queue.try_pop(kNow), id(1));
  queue.add(id(1), kDefault, kNow);
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt) << "held: the wish waits";
  queue.done(id(1), kNow + 1h);
  EXPECT_EQ(queue.try_pop(kNow), id(1)) << "the wish came due when it was let go";
  queue.done(id(1), kNow + 1h);
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt) << "a wish counts once";
  EXPECT_EQ(queue.next_ready(kNow), kNow + 1h);
}

TEST(WorkQueueTest, OneThatIsNotDueCanBeHeldAndComesBackAsItWas) {
  WorkQueue queue({});
  queue.add(id(1), kDefault, kNow + 5s);
  EXPECT_EQ(queue.hold(id(2)), std::nullopt) << "not there";
  EXPECT_EQ(queue.hold(id(1)), kNow + 5s);
  EXPECT_EQ(queue.hold(id(1)), std::nullopt) << "held";
  EXPECT_EQ(queue.try_pop(kNow + 1h), std::nullopt);
  queue.add(id(1), kDefault, kNow);
  queue.done(id(1), kNow + 5s);
  EXPECT_EQ(queue.try_pop(kNow), id(1)) << "the wish was kept";
  EXPECT_EQ(queue.hold(id(1)), std::nullopt) << "a worker has it";
}

TEST(WorkQueueTest, WhatWasRemovedDoesNotComeBack) {
  WorkQueue queue({});
  queue.add(id(1), kDefault, kNow);
  queue.add(id(2), kDefault, kNow);
  queue.remove(id(1));
  ASSERT_EQ(queue.try_pop(kNow), id(2));
  queue.remove(id(2));
  queue.done(id(2), kNow);
  EXPECT_EQ(queue.stats(kNow).size, 0U);
  EXPECT_EQ(queue.next_ready(kNow), std::nullopt);
}

TEST(WorkQueueTest, RemovedAndAddedWhileHeldComesBack) {
  WorkQueue queue({});
  queue.add(id(1), kDefault, kNow);
  ASSERT_EQ(queue.try_pop(kNow), id(1));
  queue.remove(id(1));
  queue.add(id(1), kOther, kNow + 3s);
  queue.done(id(1), kNow + 1h);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 3s);
}

TEST(WorkQueueTest, AClosedLaneHoldsUpNobodyElse) {
  SteadyTime open_at = kNow + 10s;
  WorkQueue queue([&](const Lane& lane) { return lane == kDefault ? open_at : SteadyTime::min(); });
  queue.add(id(1), kDefault, kNow - 5s);
  queue.add(id(2), kOther, kNow);
  EXPECT_EQ(queue.try_pop(kNow), id(2));
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 10s);
  EXPECT_EQ(queue.try_pop(kNow + 10s), id(1));
}

TEST(WorkQueueTest, StatsTellWhatWaits) {
  WorkQueue queue({});
  for (unsigned n = 1; n <= 3; ++n) queue.add(id(n), kDefault, kNow + n * 1s);
  ASSERT_EQ(queue.try_pop(kNow + 2s), id(1));
  const auto stats = queue.stats(kNow + 10s);
  EXPECT_EQ(stats.size, 3U);
  EXPECT_EQ(stats.held, 1U);
  EXPECT_EQ(stats.due, 2U);
  EXPECT_EQ(stats.oldest_age, 8s);
}

TEST(WorkQueueTest, AWaitingPopEndsByAddAndByStop) {
  SystemClock clock;
  WorkQueue queue({});
  std::stop_source stop;
  std::optional<SubscriptionId> first;
  std::optional<SubscriptionId> second = id(9);
  std::jthread worker([&] {
    first = queue.pop(clock, 1h, stop.get_token());
    second = queue.pop(clock, 1h, stop.get_token());
  });
  queue.add(id(1), kDefault, clock.steady_now());
  while (queue.stats(clock.steady_now()).held == 0) std::this_thread::yield();
  stop.request_stop();
  worker.join();
  EXPECT_EQ(first, id(1));
  EXPECT_EQ(second, std::nullopt);
}

TEST(WorkQueueTest, APatientPopComesBackEmpty) {
  SystemClock clock;
  WorkQueue queue({});
  EXPECT_EQ(queue.pop(clock, 1ms, {}), std::nullopt);
}

}  // namespace
}  // namespace defenderd
