#include "reconcile/work_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "support/builders.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const SteadyTime kNow{1h};
const Lane kDefault = std::nullopt;
const Lane kOther = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");

TEST(WorkQueueTest, GivesTheLongestDueFirstAndNothingEarly) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow + 2s);
  queue.add(subscription_id(2), kDefault, kNow + 1s);
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 1s);
  EXPECT_EQ(queue.try_pop(kNow + 5s), subscription_id(2));
  EXPECT_EQ(queue.try_pop(kNow + 5s), subscription_id(1));
  EXPECT_EQ(queue.try_pop(kNow + 5s), std::nullopt);
}

TEST(WorkQueueTest, HoldsEachOnceAndBringsForwardOnly) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow + 5s);
  queue.add(subscription_id(1), kDefault, kNow + 9s);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 5s);
  queue.add(subscription_id(1), kDefault, kNow);
  EXPECT_EQ(queue.stats(kNow).size, 1U);
  EXPECT_EQ(queue.try_pop(kNow), subscription_id(1));
  EXPECT_EQ(queue.try_pop(kNow + 1h), std::nullopt);
}

TEST(WorkQueueTest, ARequestForAllDoesNotHoldUpWhatIsScheduled) {
  WorkQueue queue({});
  for (unsigned n = 1; n <= 1000; ++n)
    queue.make_due(subscription_id(n), kDefault, kNow, Share::AskedAll);
  queue.make_due(subscription_id(2000), kDefault, kNow + 1s, Share::Scheduled);
  queue.add(subscription_id(2001), kDefault, kNow + 1s, Share::Asked);
  std::set<SubscriptionId> first;
  for (int i = 0; i < 3; ++i) first.insert(*queue.try_pop(kNow + 2s));
  EXPECT_TRUE(first.contains(subscription_id(2000)));
  EXPECT_TRUE(first.contains(subscription_id(2001)));
  EXPECT_EQ(queue.stats(kNow + 2s).due, 999U) << "and one of the thousand";
}

TEST(WorkQueueTest, WhatIsDueAlreadyKeepsItsPlaceOrFindsAMoreUrgentOne) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow);
  queue.add(subscription_id(2), kDefault, kNow);
  queue.make_due(subscription_id(2), kDefault, kNow + 1s, Share::AskedAll);
  queue.make_due(subscription_id(2), kDefault, kNow + 2s, Share::AskedAll);
  EXPECT_EQ(queue.stats(kNow + 5s).oldest_age, 5s);
  EXPECT_EQ(queue.try_pop(kNow + 5s), subscription_id(1));
  EXPECT_EQ(queue.try_pop(kNow + 5s), subscription_id(2));
  for (unsigned n = 3; n <= 9; ++n)
    queue.make_due(subscription_id(n), kDefault, kNow, Share::AskedAll);
  queue.make_due(subscription_id(9), kDefault, kNow + 1s, Share::Scheduled);
  EXPECT_EQ(queue.try_pop(kNow + 5s), subscription_id(3));
  EXPECT_EQ(queue.try_pop(kNow + 5s), subscription_id(9))
      << "an edit does not wait for the request";
}

TEST(WorkQueueTest, NoTwoWorkersProcessTheSame) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow);
  ASSERT_EQ(queue.try_pop(kNow), subscription_id(1));
  queue.add(subscription_id(1), kDefault, kNow);
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt) << "while it is processed";
  queue.done(subscription_id(1), kNow + 1h);
  EXPECT_EQ(queue.try_pop(kNow), subscription_id(1)) << "what was added came due at done()";
  queue.done(subscription_id(1), kNow + 1h);
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt) << "that counts once";
  EXPECT_EQ(queue.next_ready(kNow), kNow + 1h);
}

TEST(WorkQueueTest, OneThatIsNotDueCanBeClaimedAndComesBackAsItWas) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow + 5s);
  EXPECT_EQ(queue.claim(subscription_id(2)), std::nullopt) << "not there";
  EXPECT_EQ(queue.claim(subscription_id(1)), kNow + 5s);
  EXPECT_EQ(queue.claim(subscription_id(1)), std::nullopt) << "in processing";
  EXPECT_EQ(queue.try_pop(kNow + 1h), std::nullopt);
  queue.add(subscription_id(1), kDefault, kNow);
  queue.done(subscription_id(1), kNow + 5s);
  EXPECT_EQ(queue.try_pop(kNow), subscription_id(1)) << "what was added meanwhile is kept";
  EXPECT_EQ(queue.claim(subscription_id(1)), std::nullopt) << "a worker has it";
}

TEST(WorkQueueTest, WhatWasRemovedDoesNotComeBack) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow);
  queue.add(subscription_id(2), kDefault, kNow);
  queue.remove(subscription_id(1));
  ASSERT_EQ(queue.try_pop(kNow), subscription_id(2));
  queue.remove(subscription_id(2));
  queue.done(subscription_id(2), kNow);
  EXPECT_EQ(queue.stats(kNow).size, 0U);
  EXPECT_EQ(queue.next_ready(kNow), std::nullopt);
}

TEST(WorkQueueTest, RemovedAndAddedWhileHeldComesBack) {
  WorkQueue queue({});
  queue.add(subscription_id(1), kDefault, kNow);
  ASSERT_EQ(queue.try_pop(kNow), subscription_id(1));
  queue.remove(subscription_id(1));
  queue.add(subscription_id(1), kOther, kNow + 3s);
  queue.done(subscription_id(1), kNow + 1h);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 3s);
}

TEST(WorkQueueTest, OnlyWhatComesTooLateIsHastened) {
  WorkQueue queue({});
  for (const unsigned n : {1U, 2U, 3U}) queue.add(subscription_id(n), kDefault, kNow + n * 1h);
  for (const unsigned n : {1U, 2U, 9U})
    EXPECT_EQ(queue.hasten(subscription_id(n), kNow + 1h, kNow + 30min), n == 2);
  EXPECT_EQ(queue.try_pop(kNow + 30min), subscription_id(2));
  EXPECT_EQ(queue.try_pop(kNow + 59min), std::nullopt);
  EXPECT_FALSE(queue.hasten(subscription_id(2), kNow + 1h, kNow + 40min)) << "being processed";
  queue.done(subscription_id(2), kNow + 3h);
  EXPECT_EQ(queue.try_pop(kNow + 40min), subscription_id(2));
  queue.remove(subscription_id(2));
  queue.hasten(subscription_id(2), kNow + 1h, kNow + 40min);
  queue.done(subscription_id(2), kNow + 3h);
  EXPECT_EQ(queue.stats(kNow).size, 2U);
}

TEST(WorkQueueTest, AClosedLaneHoldsUpNobodyElse) {
  SteadyTime open_at = kNow + 10s;
  WorkQueue queue([&](const Lane& lane) { return lane == kDefault ? open_at : SteadyTime::min(); });
  queue.add(subscription_id(1), kDefault, kNow - 5s);
  queue.add(subscription_id(2), kOther, kNow);
  EXPECT_EQ(queue.try_pop(kNow), subscription_id(2));
  EXPECT_EQ(queue.try_pop(kNow), std::nullopt);
  EXPECT_EQ(queue.next_ready(kNow), kNow + 10s);
  EXPECT_EQ(queue.try_pop(kNow + 10s), subscription_id(1));
}

TEST(WorkQueueTest, ManyLanesAreNotGoneThroughForEach) {
  int asked = 0;
  WorkQueue queue([&](const Lane&) {
    ++asked;
    return kNow;
  });
  const auto lane = [](unsigned n) {
    return Lane(TenantId::parse("1b2c3d4e-5f60-4718-8293-0000000" + std::to_string(10'000 + n)));
  };
  for (unsigned n = 0; n < 3000; ++n) queue.add(subscription_id(n), lane(n % 1000), kNow - 1s * n);
  for (unsigned n = 3000; n-- > 0;) EXPECT_EQ(queue.try_pop(kNow), subscription_id(n));
  EXPECT_EQ(asked, 3000);
}

// Whatever happens, it answers as one that goes through everything.
TEST(WorkQueueTest, AnswersAsASimpleOneWould) {
  const auto lane = [](unsigned n) {
    return n == 0
               ? kDefault
               : Lane(TenantId::parse("1b2c3d4e-5f60-4718-8293-00000000000" + std::to_string(n)));
  };
  constexpr unsigned kLanes = 5;
  std::map<Lane, SteadyTime> gates;
  for (unsigned n = 0; n < kLanes; ++n) gates[lane(n)] = kNow;
  WorkQueue queue([&](const Lane& of) { return gates.at(of); });
  std::map<SubscriptionId, std::pair<SteadyTime, Lane>> waiting;
  std::minstd_rand random(7);
  SteadyTime now = kNow;
  Tally tally;
  for (int step = 0; step < 20'000; ++step) {
    const SubscriptionId one = subscription_id(static_cast<unsigned>(random() % 60));
    switch (random() % 4) {
      case 0: {
        const Lane to = lane(static_cast<unsigned>(random() % kLanes));
        SteadyTime due = now + 1s * static_cast<int>(random() % 200) - 5s;
        queue.add(one, to, due);
        if (const auto known = waiting.find(one); known != waiting.end())
          due = std::min(due, known->second.first);
        waiting[one] = {due, to};
        break;
      }
      case 1:
        if (random() % 4 == 0) {
          queue.remove(one);
          waiting.erase(one);
        }
        break;
      case 2:
        now += 1s;
        gates[lane(static_cast<unsigned>(random() % kLanes))] =
            now + 1s * static_cast<int>(random() % 10) - 5s;
        break;
      default: {
        using Candidate = std::tuple<SteadyTime, Lane, SubscriptionId>;
        std::optional<Candidate> best;
        std::optional<SteadyTime> next;
        for (const auto& [id, place] : waiting) {
          const auto& [due, of] = place;
          const SteadyTime ready = std::max({due, now, gates.at(of)});
          next = next ? std::min(*next, ready) : ready;
          const Candidate candidate{due, of, id};
          if (ready <= now && (!best || candidate < *best)) best = candidate;
        }
        ASSERT_EQ(queue.next_ready(now), next);
        const auto got = queue.try_pop(now);
        ASSERT_EQ(got, best ? std::optional(std::get<2>(*best)) : std::nullopt);
        ++tally[got ? "taken" : waiting.empty() ? "empty" : "none is due"];
        if (std::any_of(waiting.begin(), waiting.end(), [&](const auto& item) {
              return item.second.first <= now && gates.at(item.second.second) > now;
            }))
          ++tally["a lane is shut before one that is due"];
        if (!got) break;
        const SteadyTime again = now + 1s * static_cast<int>(random() % 200);
        queue.done(*got, again);
        waiting[*got].first = again;
      }
    }
  }
  expect_tried(
      tally,
      {{"taken", 1000}, {"none is due", 1000}, {"a lane is shut before one that is due", 500}});
}

TEST(WorkQueueTest, StatsTellWhatWaits) {
  WorkQueue queue({});
  for (unsigned n = 1; n <= 3; ++n) queue.add(subscription_id(n), kDefault, kNow + n * 1s);
  ASSERT_EQ(queue.try_pop(kNow + 2s), subscription_id(1));
  const auto stats = queue.stats(kNow + 10s);
  EXPECT_EQ(stats.size, 3U);
  EXPECT_EQ(stats.processing, 1U);
  EXPECT_EQ(stats.due, 2U);
  EXPECT_EQ(stats.oldest_age, 8s);
}

TEST(WorkQueueTest, AWaitingPopEndsByAddAndByStop) {
  SystemClock clock;
  WorkQueue queue({});
  std::stop_source stop;
  std::optional<SubscriptionId> first;
  std::optional<SubscriptionId> second = subscription_id(9);
  std::jthread worker([&] {
    first = queue.pop(clock, 1h, stop.get_token());
    second = queue.pop(clock, 1h, stop.get_token());
  });
  queue.add(subscription_id(1), kDefault, clock.steady_now());
  EXPECT_TRUE(eventually("the worker has its first subscription",
                         [&] { return queue.stats(clock.steady_now()).processing > 0; }));
  stop.request_stop();
  worker.join();
  EXPECT_EQ(first, subscription_id(1));
  EXPECT_EQ(second, std::nullopt);
}

TEST(WorkQueueTest, APatientPopComesBackEmpty) {
  SystemClock clock;
  WorkQueue queue({});
  EXPECT_EQ(queue.pop(clock, 1ms, {}), std::nullopt);
}

}  // namespace
}  // namespace defenderd
