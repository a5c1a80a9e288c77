// Many subscriptions, each with another problem: the healthy ones must not be affected.

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using armsim::Subscription;

constexpr unsigned kHealthy = 12;
constexpr const char* kOtherTenant = "aaaaaaaa-0000-4000-8000-000000000001";

struct Illness {
  const char* description;
  std::function<void(Subscription&)> state;  // may be empty
  std::vector<Fault> faults;                 // of this subscription, for ever
  Reason reason;
  std::uint64_t most_requests;  // in the half hour: no hot loop
};

Fault always(const Fault& fault) { return fault.repeated(0); }

Fault answer(Operation operation, int status, const std::string& code) {
  return always(Fault::answer(operation, status, code, "in words"));
}

Fault body(Operation operation, const std::string& text) {
  Fault fault = Fault::of(FaultKind::ReplaceBody, operation);
  fault.message = text;
  return always(fault);
}

std::vector<Illness> illnesses() {
  const auto none = std::function<void(Subscription&)>();
  constexpr std::uint64_t kSlow = 6;    // at the interval, or every 15 minutes
  constexpr std::uint64_t kSoon = 40;   // back-off, each try two requests at most
  constexpr std::uint64_t kBusy = 100;  // every 10 s to 2 min, a GET and a PUT
  return {
      {"no role",
       [](Subscription& s) { s.access = armsim::Access::None; },
       {},
       Reason::Forbidden,
       kSlow},
      {"a role for reading",
       [](Subscription& s) { s.access = armsim::Access::Read; },
       {},
       Reason::Forbidden,
       kSlow},
      {"another tenant",
       [](Subscription& s) { s.tenant = kOtherTenant; },
       {},
       Reason::WrongTenant,
       kSlow},
      {"deleted",
       [](Subscription& s) { s.state = "Deleted"; },
       {},
       Reason::SubscriptionNotFound,
       kSlow},
      {"disabled",
       [](Subscription& s) { s.state = "Disabled"; },
       {},
       Reason::SubscriptionDisabled,
       kSlow},
      {"not registered",
       [](Subscription& s) { s.registration = armsim::Registration::NotRegistered; },
       {},
       Reason::ProviderNotRegistered,
       kSlow},
      {"not offered",
       [](Subscription& s) { s.plan_offered = false; },
       {},
       Reason::PlanNotOffered,
       kSlow},
      {"locked", [](Subscription& s) { s.locked = true; }, {}, Reason::ScopeLocked, kSlow},
      {"denied by a policy",
       [](Subscription& s) { s.denied_by_policy = true; },
       {},
       Reason::PolicyDenied,
       kSlow},
      {"an extension that fails",
       [](Subscription& s) { s.failing_extensions["AIPromptEvidence"] = "no permission"; },
       {},
       Reason::ExtensionFailed,
       3 * kSlow},
      {"token never good",
       none,
       {answer(Operation::Read, 401, "InvalidAuthenticationToken")},
       Reason::Unauthorized,
       kSoon},
      {"reads throttled",
       none,
       {always(Fault::throttle(Operation::Read, "120"))},
       Reason::Throttled,
       20},
      {"writes throttled",
       none,
       {always(Fault::throttle(Operation::Write, "120"))},
       Reason::Throttled,
       40},
      {"always busy",
       none,
       {answer(Operation::Write, 409, "Conflict")},
       Reason::UpdateInProgress,
       kBusy},
      {"reads fail",
       none,
       {answer(Operation::Read, 500, "InternalServerError")},
       Reason::ServerError,
       kSoon},
      {"writes fail",
       none,
       {answer(Operation::Write, 503, "ServiceUnavailable")},
       Reason::ServerError,
       kSoon},
      {"the provider does not answer",
       none,
       {answer(Operation::Read, 504, "GatewayTimeout")},
       Reason::Timeout,
       kSoon},
      {"writes refused",
       none,
       {answer(Operation::Write, 400, "InvalidInput")},
       Reason::InvalidRequest,
       kSlow + kSlow / 2},  // each write is tried once more without a part of it
      {"an odd answer", none, {answer(Operation::Read, 302, "")}, Reason::InvalidRequest, kSlow},
      {"dropped connections",
       none,
       {always(Fault::of(FaultKind::DropBeforeEffect, Operation::Read))},
       Reason::ConnectionFailed,
       2 * kSoon},
      {"cut-off answers",
       none,
       {always(Fault::of(FaultKind::Truncate, Operation::Read))},
       Reason::ConnectionFailed,
       2 * kSoon},
      {"garbage", none, {body(Operation::Read, "<html>")}, Reason::MalformedAnswer, kSoon},
      {"wrong types",
       none,
       {body(Operation::Read, R"({"properties":{"pricingTier":7}})")},
       Reason::MalformedAnswer,
       kSoon},
      {"deep JSON",
       none,
       {body(Operation::Read, std::string(50'000, '['))},
       Reason::MalformedAnswer,
       kSoon},
      {"a tier of the future",
       [](Subscription& s) { s.plan.properties = R"({"pricingTier":"Premium"})"; },
       {},
       Reason::UnknownTier,
       2 * kSlow},
  };
}

class ErrorSweepTest : public testing::Test {
 protected:
  ErrorSweepTest()
      : azure_(clock_, options()), fleet_(azure_.plans(), clock_, &azure_.throttle()) {}

  static SimAzure::Options options() {
    SimAzure::Options options;
    options.simulator.tls = armsim::Tls::None;
    options.simulator.tenants.emplace_back(kOtherTenant);
    return options;
  }

  FakeClock clock_;
  SimAzure azure_;
  SimFleet fleet_;
};

TEST_F(ErrorSweepTest, LeavesTheHealthyInSyncAndOnTime) {
  const std::vector<Illness> sick = illnesses();
  std::vector<DesiredSubscription> desired;
  unsigned n = 0;
  // The sick ones first: they are due first.
  for (const Illness& illness : sick) {
    const std::string id = azure_.add(++n, illness.state);
    for (const Fault& fault : illness.faults) azure_.world().inject(Fault(fault).at(id));
    desired.push_back(declared(n, true, {evidence(true)}));
  }
  const unsigned first_healthy = n + 1;
  for (unsigned i = 0; i < kHealthy; ++i) {
    azure_.add(++n);
    desired.push_back(declared(n, true, {evidence(true)}));
  }
  fleet_.declare(desired);
  fleet_.run(1min);
  for (unsigned healthy = first_healthy; healthy <= n; ++healthy) {
    EXPECT_EQ(fleet_.last(subscription_id(healthy)).state, State::InSync) << healthy;
  }
  // Drift in the middle must be found at the next turn.
  fleet_.run(13min);
  const std::string drifting = subscription_id(first_healthy).text();
  azure_.world().update(drifting, [](Subscription& s) { s.plan.set("AIPromptEvidence", false); });
  fleet_.run(5min);
  EXPECT_TRUE(azure_.world().plan(drifting).has_on("AIPromptEvidence"));
  fleet_.run(11min);
  for (unsigned healthy = first_healthy; healthy <= n; ++healthy) {
    SCOPED_TRACE("healthy " + std::to_string(healthy));
    const auto id = subscription_id(healthy);
    EXPECT_EQ(fleet_.last(id).state, State::InSync);
    EXPECT_TRUE(azure_.world().plan(id.text()).has_on("AIPromptEvidence"));
    // The first turn reads twice, to verify its write; then one read every five minutes.
    EXPECT_GE(azure_.world().counters(id.text()).reads, 7U);
  }
  for (unsigned i = 0; i < sick.size(); ++i) {
    SCOPED_TRACE(sick[i].description);
    const auto id = subscription_id(i + 1);
    const Outcome& outcome = fleet_.last(id);
    EXPECT_EQ(to_text(outcome.reason), to_text(sick[i].reason)) << outcome.message;
    EXPECT_NE(outcome.state, State::InSync);
    EXPECT_NE(outcome.message, "");
    EXPECT_LE(azure_.world().counters(id.text()).requests, sick[i].most_requests);
  }
}

TEST_F(ErrorSweepTest, AThrottledPrincipalHoldsUpNoOtherTenant) {
  const auto other = TenantId::parse(kOtherTenant);
  std::vector<DesiredSubscription> desired;
  for (unsigned n = 1; n <= 20; ++n) {
    const bool elsewhere = n > 10;
    const std::string id = azure_.add(n, [&](Subscription& s) {
      if (elsewhere) s.tenant = kOtherTenant;
    });
    if (!elsewhere) azure_.world().inject(Fault::throttle(Operation::Read, "240").at(id));
    desired.push_back(declared(n, true));
    if (elsewhere) desired.back().tenant = other;
  }
  fleet_.declare(desired);
  fleet_.run(10s);
  std::uint64_t asked = 0;
  for (unsigned n = 1; n <= 20; ++n) {
    const auto id = subscription_id(n);
    if (n > 10) {
      EXPECT_EQ(fleet_.last(id).state, State::InSync) << n;
    } else {
      asked += azure_.world().counters(id.text()).reads;
    }
  }
  EXPECT_EQ(asked, 3U) << "three throttled ones say enough about their principal";
  fleet_.run(3min + 40s);
  for (unsigned n = 1; n <= 10; ++n) {
    EXPECT_LE(azure_.world().counters(subscription_id(n).text()).reads, 1U) << n;
  }
  azure_.world().clear_faults();
  fleet_.run(3min);
  for (unsigned n = 1; n <= 10; ++n) {
    EXPECT_EQ(fleet_.last(subscription_id(n)).state, State::InSync) << n;
  }
}

}  // namespace
}  // namespace defenderd
