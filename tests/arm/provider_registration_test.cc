#include "arm/provider_registration.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Registration;
using armsim::Unregistered;

// The store in front of the simulator, which has one subscription that is not registered.
class RegisteringStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    azure_.add(1, [](armsim::Subscription& s) { s.registration = Registration::NotRegistered; });
    desired_ = declared(1, true, {evidence(true)});
  }

  void run(Duration span, WritePermit permit = {}) {
    if (!fleet_) {
      fleet_ = std::make_unique<SimFleet>(store_, clock_, nullptr,
                                          Reconciler::Options{.permit = permit});
      fleet_->declare({desired_});
    }
    fleet_->run(span);
  }

  const std::vector<Outcome>& outcomes() const { return fleet_->outcomes(); }
  std::uint64_t registers() { return azure_.world().counters(id_).registers; }

  const std::string id_ = subscription_id(1).text();
  FakeClock clock_;
  SimAzure azure_{clock_, SimAzure::plain()};
  RegisteringStore store_{azure_.plans(), azure_.arm(), clock_, true};
  DesiredSubscription desired_;
  std::unique_ptr<SimFleet> fleet_;
};

class RegistrationShapeTest : public RegisteringStoreTest,
                              public testing::WithParamInterface<Unregistered> {};

TEST_P(RegistrationShapeTest, IsRegisteredAndTheReconcileGoesOn) {
  azure_.world().set_behaviour([](armsim::Behaviour& b) { b.unregistered = GetParam(); });
  run(0s);
  ASSERT_EQ(outcomes().size(), 1U);
  EXPECT_EQ(outcomes()[0].result, ReconcileResult::Retry);
  EXPECT_EQ(outcomes()[0].state, State::Unknown);
  EXPECT_EQ(outcomes()[0].reason, Reason::ProviderRegistering);
  EXPECT_NE(outcomes()[0].message.find("takes a few minutes"), std::string::npos);
  run(14s);
  EXPECT_EQ(outcomes().size(), 1U);
  run(2min);
  EXPECT_EQ(registers(), 1U) << "asked for once";
  EXPECT_TRUE(azure_.world().plan(id_).has_on("AIPromptEvidence"));
  EXPECT_EQ(outcomes().back().state, State::InSync);
  for (const Outcome& outcome : outcomes()) EXPECT_NE(outcome.result, ReconcileResult::Failed);
}

INSTANTIATE_TEST_SUITE_P(Shapes, RegistrationShapeTest,
                         testing::Values(Unregistered::SpacedCode, Unregistered::PlainMessage,
                                         Unregistered::JoinedCode, Unregistered::ArmGeneric));

TEST_F(RegisteringStoreTest, ARegistrationThatIsDoneAtOnceLosesNoTime) {
  azure_.world().set_behaviour([](armsim::Behaviour& b) { b.registering_polls = 0; });
  run(0s);
  ASSERT_EQ(outcomes().size(), 1U);
  EXPECT_EQ(outcomes()[0].result, ReconcileResult::Corrected);
}

TEST_F(RegisteringStoreTest, ObservingRegistersNothing) {
  desired_.mode = Mode::Observe;
  run(1h);
  EXPECT_EQ(registers(), 0U);
  EXPECT_EQ(outcomes().back().state, State::Failing);
  EXPECT_EQ(outcomes().back().reason, Reason::ProviderNotRegistered);
  EXPECT_NE(outcomes().back().message.find("register it, or set mode: enforce"), std::string::npos);
}

TEST_F(RegisteringStoreTest, TheObserveFlagRegistersNothing) {
  run(1h, WritePermit::observing());
  EXPECT_EQ(registers(), 0U);
  EXPECT_EQ(outcomes().back().reason, Reason::ProviderNotRegistered);
}

TEST_F(RegisteringStoreTest, ASuspendedSubscriptionIsRegisteredOnlyAfterwards) {
  desired_.suspend = Suspension{clock_.wall_now() + 30min, "tenant move", "team"};
  run(29min);
  EXPECT_EQ(registers(), 0U);
  run(10min);
  EXPECT_EQ(registers(), 1U);
  EXPECT_EQ(outcomes().back().state, State::InSync);
}

// Leads, and each write has ended by then.
class Leads final : public LeadershipSource {
 public:
  explicit Leads(SteadyTime until) : until_(until) {}
  [[nodiscard]] LeadershipStanding standing() const override { return {true, until_, {}}; }

 private:
  const SteadyTime until_;
};

TEST_F(RegisteringStoreTest, ALeaderWhoseTimeIsOverRegistersNothing) {
  const Leads over(clock_.steady_now() + 3min);
  run(3min, WritePermit().while_leading(over));
  EXPECT_EQ(registers(), 1U);
  azure_.world().update(id_, [](armsim::Subscription& s) {
    s.registration = Registration::NotRegistered;
    s.registering_polls = -1;
  });
  run(2h);
  EXPECT_EQ(registers(), 1U) << "only while it led";
  EXPECT_EQ(outcomes().back().reason, Reason::Timeout);
  EXPECT_EQ(outcomes().back().message,
            "Microsoft.Security is not registered, and asking Azure to register it failed: not "
            "sent: its deadline has passed");
}

TEST_F(RegisteringStoreTest, NothingIsRegisteredIfThatIsNoLongerAllowedWhenItsTurnComes) {
  int asked = 0;
  PlanKey key{subscription_id(1), kDeclaredPlan};
  key.may_write = [&] { return ++asked == 1; };
  const auto answer = store_.read(key, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Reason::ProviderNotRegistered);
  EXPECT_EQ(registers(), 0U);
  EXPECT_EQ(asked, 2);
}

TEST_F(RegisteringStoreTest, ARegistrationIsCutOffWhenTheTimeToWriteIsOver) {
  azure_.world().inject(armsim::Fault::held(armsim::Operation::Register));
  PlanKey key{subscription_id(1), kDeclaredPlan};
  key.may_write = [] { return true; };
  key.write_until = clock_.steady_now() + 200ms;  // the client's own patience is 20 s
  const auto began = std::chrono::steady_clock::now();
  const auto answer = store_.read(key, {});
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  azure_.world().release_held();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Reason::Timeout);
  EXPECT_TRUE(answer.error().maybe_applied);
}

TEST_F(RegisteringStoreTest, AMissingRoleIsSaidAndNotHammeredAt) {
  azure_.world().update(id_, [](armsim::Subscription& s) { s.access = armsim::Access::Read; });
  run(1h);
  EXPECT_EQ(outcomes().back().state, State::Failing);
  EXPECT_EQ(outcomes().back().reason, Reason::Forbidden);
  EXPECT_NE(outcomes().back().message.find("asking Azure to register it failed: the identity may "
                                           "not register the resource provider"),
            std::string::npos)
      << outcomes().back().message;
  EXPECT_LE(registers(), 5U) << "a slow re-check, every 15 minutes";
}

TEST_F(RegisteringStoreTest, ARegistrationThatNeverEndsIsGivenUpForAWhile) {
  azure_.world().update(id_, [](armsim::Subscription& s) {
    s.registration = Registration::Registering;
    s.registering_polls = -1;
  });
  run(14min);
  EXPECT_EQ(registers(), 3U) << "asked again every five minutes";
  EXPECT_EQ(outcomes().back().reason, Reason::ProviderRegistering);
  run(10min);
  EXPECT_EQ(registers(), 3U);
  EXPECT_EQ(outcomes().back().state, State::Failing);
  EXPECT_EQ(outcomes().back().reason, Reason::ProviderNotRegistered);
  EXPECT_NE(outcomes().back().message.find("az provider show --namespace Microsoft.Security"),
            std::string::npos);
  run(1h);
  EXPECT_GT(registers(), 3U);
  EXPECT_LE(registers(), 6U);
  azure_.world().update(id_, [](armsim::Subscription& s) { s.registering_polls = 0; });
  run(30min);
  EXPECT_EQ(outcomes().back().state, State::InSync);
}

TEST_F(RegisteringStoreTest, WithoutItTheStateSaysWhichSettingWouldDoIt) {
  store_.set_enabled(false);
  run(0s);
  EXPECT_EQ(outcomes().back().reason, Reason::ProviderNotRegistered);
  EXPECT_NE(outcomes().back().message.find("azure.registerProvider: true"), std::string::npos);
  EXPECT_EQ(registers(), 0U);
  store_.set_enabled(true);
  run(1h);
  EXPECT_EQ(registers(), 1U) << "without a restart";
  EXPECT_EQ(outcomes().back().state, State::InSync);
}

}  // namespace
}  // namespace defenderd
