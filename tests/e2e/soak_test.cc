// Two real minutes of everything that can go wrong, against the real binary: tests/run --soak.

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "armsim/fault_mix.h"
#include "e2e/world.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr unsigned kCount = 500;
constexpr auto kSpan = 2min;
constexpr unsigned kWritesPerSecond = 20;
constexpr const char* kEvidence = "AIPromptEvidence";

class SoakTest : public World {
 protected:
  SoakTest() {
    azure_.set_behaviour([](armsim::Behaviour& behaviour) {
      behaviour.write_cool_down = 5s;
      behaviour.read_lag = 100ms;
    });
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kCount; ++n) {
      azure_.add(subscription(n, chance_() % 2 == 0));
      std::string entry = "id: " + id(n) + ", plan: " + (plan(n) ? "on" : "off");
      if (plan(n)) entry += std::string(", promptEvidence: ") + (evidence(n) ? "on" : "off");
      entries.push_back(entry);
    }
    write("desired.yaml", desired(entries));
    std::string text = settings(
        "safety: {maxDisablesPerSweep: 1000, maxEnablesPerSweep: none, contestedAfter: "
        "{corrections: 1000, within: 1h}}\n");
    const auto change = [&text](std::string_view from, std::string_view to) {
      text.replace(text.find(from), from.size(), to);
    };
    change("max: 15m", "max: 10s");
    change("readsPerSecond: 1000, writesPerSecond: 1000",
           "readsPerSecond: 200, writesPerSecond: " + std::to_string(kWritesPerSecond));
    change("azure:\n", "azure:\n  timeouts: {connect: 5s, request: 5s}\n");
    write("settings.yaml", text);
  }

  static bool plan(unsigned n) { return n % 10 != 0; }
  static bool evidence(unsigned n) { return n % 3 != 0; }

  void drift() {
    azure_.update(id(any_one_(chance_)), [&](armsim::Subscription& it) {
      if (chance_() % 4 == 0) it.plan.on = !it.plan.on;
      it.plan.set(kEvidence, chance_() % 2 == 0);
    });
  }

  // The most writes that began within ten seconds.
  std::size_t busiest_ten_seconds() const {
    std::vector<std::chrono::system_clock::time_point> times;
    for (const armsim::LoggedRequest& request : azure_.requests()) {
      if (request.operation == armsim::Operation::Write) times.push_back(request.received);
    }
    std::size_t most = 0;
    for (auto first = times.begin(); first != times.end(); ++first) {
      const auto end = std::lower_bound(first, times.end(), *first + 10s);
      most = std::max(most, static_cast<std::size_t>(end - first));
    }
    return most;
  }

  std::mt19937 chance_{20261124};  // NOLINT(cert-msc51-cpp): the same soak each time
  std::uniform_int_distribution<unsigned> any_one_{1, kCount};
};

TEST_F(SoakTest, TwoMinutesOfEveryFault) {
  for (const armsim::Fault& fault : armsim::fault_mix(0.02, 1)) azure_.inject(fault);
  // More hanging answers than there are workers: each may cost a worker its deadline, no more.
  azure_.inject(armsim::Fault::held(armsim::Operation::Read).repeated(40).sometimes(0.05, 99));
  const auto daemon = run();
  ASSERT_NE(daemon->port(), 0) << daemon->output();
  const auto end = Time::now() + kSpan;
  while (Time::now() < end) {
    drift();
    // The daemon's work is the clock: the next drift comes after some more answers.
    const auto answered = azure_.counters().answered + 20;
    azure_.wait_for([&] { return azure_.counters().answered >= answered; }, 1s);
    ASSERT_EQ(daemon->get("/healthz").status, 200) << daemon->output();
  }
  EXPECT_GT(azure_.counters().faulted, 500U);
  azure_.clear_faults();
  azure_.release_held();
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(daemon->wait_metric(
      "defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kCount), 3min));
  EXPECT_TRUE(daemon->wait_metric("defenderd_workqueue_depth 0"));

  for (unsigned n = 1; n <= kCount; ++n) {
    const armsim::Plan it = azure_.plan(id(n));
    EXPECT_EQ(it.on, plan(n)) << id(n);
    if (plan(n)) {
      EXPECT_EQ(it.has_on(kEvidence), evidence(n)) << id(n);
    }
    EXPECT_GE(azure_.counters(id(n)).reads, 3U) << id(n) << " was forgotten";
  }
  // One second's worth may come at once; a tenth more for what the network shifts.
  EXPECT_LE(busiest_ten_seconds(), kWritesPerSecond * 12);
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(), 0);
}

}  // namespace
}  // namespace defenderd
