// Ten simulated minutes in which nothing can be relied on, drift included.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "armsim/fault_mix.h"
#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Subscription;

constexpr unsigned kCount = 200;
constexpr double kWritesPerSecond = 2;
constexpr const char* kOtherTenant = "aaaaaaaa-0000-4000-8000-000000000001";

class SoakTest : public testing::Test {
 protected:
  SoakTest() : azure_(clock_, options()) {
    for (unsigned n = 1; n <= kCount; ++n) {
      const bool elsewhere = n % 2 == 0;
      azure_.add(n, [&](Subscription& it) {
        if (elsewhere) it.tenant = kOtherTenant;
        it.plan.on = chance_() % 2 == 0;
      });
      declared_.push_back(declared(n, n % 10 != 0));
      if (n % 10 != 0) declared_.back().extensions = {evidence(n % 3 != 0)};
      if (elsewhere) declared_.back().tenant = TenantId::parse(kOtherTenant);
    }
  }

  static SimAzure::Options options() {
    SimAzure::Options options;
    options.simulator.tls = armsim::Tls::None;
    options.simulator.tenants.emplace_back(kOtherTenant);
    options.rates = {20, kWritesPerSecond};
    return options;
  }

  // Somebody clicks through the portal.
  void drift() {
    azure_.world().update(subscription_id(any_one_(chance_)).text(), [&](Subscription& it) {
      if (chance_() % 4 == 0) it.plan.on = !it.plan.on;
      it.plan.set("AIPromptEvidence", chance_() % 2 == 0);
    });
  }

  // The most writes of one tenant in any second of simulated time.
  std::size_t busiest_second() const {
    std::map<std::string, std::vector<std::chrono::system_clock::time_point>> by_tenant;
    for (const armsim::LoggedRequest& request : azure_.world().requests()) {
      if (request.operation != armsim::Operation::Write) continue;
      by_tenant[azure_.world().subscription(request.subscription).tenant].push_back(
          request.received);
    }
    std::size_t most = 0;
    for (auto& [tenant, times] : by_tenant) {
      for (auto first = times.begin(); first != times.end(); ++first) {
        const auto end = std::lower_bound(first, times.end(), *first + 1s);
        most = std::max(most, static_cast<std::size_t>(end - first));
      }
    }
    return most;
  }

  std::mt19937 chance_{20261124};  // NOLINT(cert-msc51-cpp): the same soak each time
  std::uniform_int_distribution<unsigned> any_one_{1, kCount};
  FakeClock clock_;
  mutable SimAzure azure_;
  std::vector<DesiredSubscription> declared_;
};

TEST_F(SoakTest, TenMinutesOfEveryFault) {
  constexpr Schedule kEveryMinute{1min, 0.1, 2s, 1min};
  SimFleet fleet(azure_.plans(), clock_, &azure_.throttle(), {}, kEveryMinute);
  for (const armsim::Fault& fault : armsim::fault_mix(0.02, 1)) azure_.world().inject(fault);
  fleet.declare(declared_);
  std::map<SubscriptionId, std::size_t> looks;
  for (int minute = 0; minute < 10; ++minute) {
    for (int i = 0; i < 20; ++i) {
      drift();
      fleet.run(3s);
    }
    EXPECT_LE(fleet.controller().stats().queue.size, kCount) << "each at most once in the queue";
  }
  for (const Outcome& outcome : fleet.outcomes()) ++looks[outcome.desired.id];
  for (unsigned n = 1; n <= kCount; ++n) {
    EXPECT_GE(looks[subscription_id(n)], 5U) << "subscription " << n << " was forgotten";
  }
  EXPECT_GT(azure_.world().counters().faulted, 500U) << "there was something to withstand";
  // Over any time never more than the rate allows plus one second's worth.
  EXPECT_LE(busiest_second(), static_cast<std::size_t>(2 * kWritesPerSecond));

  azure_.world().clear_faults();
  fleet.run(10min);
  for (const DesiredSubscription& wish : declared_) {
    SCOPED_TRACE(wish.id.text());
    const armsim::Plan plan = azure_.world().plan(wish.id.text());
    EXPECT_EQ(plan.on, wish.plan);
    if (wish.plan) {
      EXPECT_EQ(plan.has_on("AIPromptEvidence"), wish.extensions.front().on);
    }
    EXPECT_EQ(fleet.last(wish.id).state, State::InSync) << fleet.last(wish.id).message;
  }
  const auto writes = azure_.world().counters().writes;
  fleet.run(5min);
  EXPECT_EQ(azure_.world().counters().writes, writes) << "what is in sync is left alone";
}

}  // namespace
}  // namespace defenderd
