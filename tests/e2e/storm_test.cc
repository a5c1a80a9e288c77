// A thousand subscriptions with drift at random, against an ARM that fails at random.

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "e2e/world.h"

namespace defenderd {
namespace {

constexpr unsigned kCount = 1000;
constexpr const char* kEvidence = "AIPromptEvidence";
constexpr const char* kUnnamed = "AIModelScanner";

class StormTest : public World {
 protected:
  struct Wish {
    bool plan = false;
    bool evidence = false;
    bool unnamed_before = false;
    bool plan_before = false;
  };

  StormTest() {
    azure_.set_behaviour([](armsim::Behaviour& it) {
      it.default_extensions = {{kEvidence, true, "", ""}};
    });
    std::mt19937 chance(
        20260301);  // NOLINT(bugprone-random-generator-seed): the same storm each time
    std::bernoulli_distribution half(0.5);
    std::bernoulli_distribution often(0.9);
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kCount; ++n) {
      Wish wish{often(chance), half(chance), half(chance), half(chance)};
      armsim::Subscription it = subscription(n, wish.plan_before);
      if (wish.plan_before) {
        it.plan.set(kEvidence, half(chance));
        it.plan.set(kUnnamed, wish.unnamed_before);
      }
      azure_.add(it);
      std::string entry = "id: " + id(n) + ", plan: " + (wish.plan ? "on" : "off");
      if (wish.plan) entry += std::string(", promptEvidence: ") + (wish.evidence ? "on" : "off");
      entries.push_back(entry);
      wishes_.push_back(wish);
    }
    write("desired.yaml", desired(entries));
    std::string text = settings("safety: {maxDisablesPerSweep: 1000, maxEnablesPerSweep: none}\n");
    text.replace(text.find("retry: {min: 1s"), 15, "retry: {min: 200ms");
    write("settings.yaml", text);
  }

  void unleash() {
    using armsim::Fault;
    using armsim::FaultKind;
    using armsim::Operation;
    // What Azure does without any fault.
    azure_.set_behaviour([](armsim::Behaviour& behaviour) {
      behaviour.write_cool_down = std::chrono::seconds(5);
      behaviour.read_lag = std::chrono::milliseconds(100);
    });
    std::uint64_t seed = 1;
    for (const Operation operation : {Operation::Read, Operation::Write}) {
      std::vector<Fault> faults{
          Fault::throttle(operation, "1"),
          Fault::answer(operation, 500, "InternalServerError", "sorry"),
          Fault::of(FaultKind::DropBeforeEffect, operation),
          Fault::of(FaultKind::DropAfterEffect, operation),
      };
      if (operation == Operation::Write) {  // only writes meet another update
        faults.push_back(
            Fault::answer(operation, 409, "Conflict", "Another update operation is in progress"));
      }
      Fault slow = Fault::of(FaultKind::Slow, operation);
      slow.delay = std::chrono::milliseconds(300);
      faults.push_back(slow);
      for (const Fault& fault : faults) azure_.inject(fault.repeated(0).sometimes(0.05, ++seed));
    }
  }

  std::vector<Wish> wishes_;
};

TEST_F(StormTest, EveryOneEndsAsDeclaredAndNothingElseIsTouched) {
  unleash();
  const auto daemon = run();
  const auto last_words = [&] {
    const std::string output = daemon->output();
    return output.substr(output.size() - std::min<std::size_t>(output.size(), 20000));
  };
  ASSERT_TRUE(
      daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kCount),
                          std::chrono::minutes(4)))
      << last_words();
  for (unsigned n = 1; n <= kCount; ++n) {
    const Wish& wish = wishes_[n - 1];
    const armsim::Plan plan = azure_.plan(id(n));
    EXPECT_EQ(plan.on, wish.plan) << id(n);
    if (!wish.plan) continue;
    EXPECT_EQ(plan.has_on(kEvidence), wish.evidence) << id(n);
    if (wish.plan_before) {
      EXPECT_EQ(plan.has_on(kUnnamed), wish.unnamed_before)
          << id(n) << ": not named, so not touched";
    }
    EXPECT_LE(azure_.counters(id(n)).in_flight_peak, 1) << "never two workers on one subscription";
  }
  EXPECT_GT(azure_.counters().faulted, 100U) << "there was a storm";

  azure_.clear_faults();
  const auto before = azure_.counters();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= before.reads + kCount; },
                              std::chrono::minutes(1)));
  EXPECT_EQ(azure_.counters().writes, before.writes) << "a further sweep sends no PUT";
}

}  // namespace
}  // namespace defenderd
