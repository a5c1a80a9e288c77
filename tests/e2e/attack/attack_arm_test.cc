// Something in the place of Azure that answers with malice: nothing may be written because of it,
// and its answers may cost only bounded memory and requests.

#include <gtest/gtest.h>

#include "e2e/attack/attack_world.h"
#include "support/fixed_server.h"

namespace defenderd::attack {
namespace {

constexpr const char* kEvidence = "AIPromptEvidence";
constexpr const char* kPurview = "AIPromptSharingWithPurview";

class ArmAttackTest : public AttackWorld {
 protected:
  // Settings that ask another server than the simulator where ARM should be.
  void put_in_place_of_arm(int port) const {
    std::string text = settings();
    const std::string arm = azure_.base_url();
    text.replace(text.find(arm), arm.size(), "http://127.0.0.1:" + std::to_string(port));
    const std::string authority = "authority:";
    text.insert(text.find(authority), "audience: '" + arm + "', ");
    write("settings.yaml", text);
  }
};

// cpp-httplib matches it by a recursive regular expression, a stack frame per letter.
TEST_F(ArmAttackTest, AnEndlessStatusLineIsNoAnswer) {
  azure_.add(subscription(1, true));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const FixedServer hostile("HTTP/1.1 200 " + std::string(30'000, 'a') + "\r\n\r\n", true);
  put_in_place_of_arm(hostile.port());
  const auto daemon = run();
  ASSERT_TRUE(wait_until([&] { return hostile.accepted() > 0; }));
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 1"))
      << daemon->output();
  const Attacked attacked = probe(daemon->port());
  print("status lines of 30000 letters from ARM", attacked,
        std::to_string(hostile.accepted()) + " answers");
  expect_probes(attacked, kCalm);
}

TEST_F(ArmAttackTest, AnAnswerAboutAnotherSubscriptionIsNotActedUpon) {
  azure_.add(subscription(1, true, {{kEvidence, true}, {kPurview, false}}));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promptEvidence: on"}));
  armsim::Fault confused =
      armsim::Fault::of(armsim::FaultKind::ReplaceBody, armsim::Operation::Read);
  confused.message = R"({"id":"/subscriptions/)" + id(2) +
                     R"(/providers/Microsoft.Security/pricings/AI","name":"AI","properties":{)"
                     R"("pricingTier":"Standard","extensions":[)"
                     R"({"name":"AIPromptEvidence","isEnabled":"False"},)"
                     R"({"name":"AIPromptSharingWithPurview","isEnabled":"True"}]}})";
  azure_.inject(confused.repeated(0));
  const auto daemon = run();
  ASSERT_TRUE(
      daemon->wait_metric("defenderd_subscriptions_by_reason{reason=\"MalformedAnswer\"} 1"))
      << daemon->output();
  const armsim::Counters seen = azure_.counters();
  print("answers about another subscription",
        std::to_string(seen.reads) + " reads, " + std::to_string(seen.writes) + " writes");
  EXPECT_EQ(seen.writes, 0U);
  EXPECT_FALSE(azure_.plan(id(1)).has_on(kPurview));
}

TEST_F(ArmAttackTest, WhatIsCarriedAlongForArmIsBounded) {
  constexpr unsigned kCount = 150;
  constexpr std::size_t kSize = 1'000'000;
  std::vector<std::string> entries;
  for (unsigned n = 1; n <= kCount; ++n) {
    azure_.add(subscription(n, true));
    entries.push_back("id: " + id(n) + ", plan: on");
    armsim::Fault heavy =
        armsim::Fault::of(armsim::FaultKind::ReplaceBody, armsim::Operation::Read);
    // Each its own, or the daemon would keep one for all.
    heavy.message = R"({"properties":{"pricingTier":"Standard","unknown":")" + id(n) +
                    std::string(kSize, 'x') + R"("}})";
    azure_.inject(heavy.repeated(0).at(id(n)));
  }
  write("desired.yaml", desired(entries));
  const auto daemon = run();
  ASSERT_TRUE(wait_until([&] { return azure_.counters().reads >= kCount; }));
  ASSERT_TRUE(daemon->wait_output("first sweep completed")) << daemon->output();
  const double peak = peak_mib(*daemon);
  print("an unknown property of 1 MB from ARM for each of " + std::to_string(kCount),
        "resident peak " + std::to_string(static_cast<int>(peak)) + " MiB (VmHWM)");
  EXPECT_LT(peak, 100) << "of " << kCount << " MB that were sent";
}

TEST_F(ArmAttackTest, RequestsToReconcileInALoopCostArmNothing) {
  constexpr unsigned kCount = 50;
  for (unsigned n = 1; n <= kCount; ++n) azure_.add(subscription(n, true));
  write("desired.yaml",
        "apiVersion: defenderd/v1\nkind: DesiredState\ndefaults: {mode: enforce, plan: on}\n"
        "scopes:\n  - {allVisible: true}\n");
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kCount)) << daemon->output();
  const armsim::Counters before = azure_.counters();
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 4;
  options.request =
      "POST /-/reconcile HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
      "Content-Length: 0\r\n\r\n";
  Crowd crowd(options);
  azure_.update(id(7), [](armsim::Subscription& it) { it.plan.on = false; });
  const Attacked attacked = probe(daemon->port());
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(7)).on; }, kPatience60))
      << "a drift meanwhile";
  const CrowdFigures figures = crowd.stop();
  const armsim::Counters after = azure_.counters();
  print("POST /-/reconcile in a loop", attacked,
        std::to_string(figures.answered) + " accepted, " + std::to_string(figures.turned_away) +
            " turned away, ARM saw " + std::to_string(after.lists - before.lists) + " lists, " +
            std::to_string(after.reads - before.reads) + " reads, " +
            std::to_string(after.writes - before.writes) + " writes");
  expect_probes(attacked, kSaturated);
  EXPECT_LE(after.lists - before.lists, 3U) << "one list in 30 s, and those of the sweeps";
  EXPECT_LE(after.reads - before.reads, 11U * kCount) << "ten in a row, then one in 30 s";
  EXPECT_EQ(after.writes - before.writes, 1U);
}

}  // namespace
}  // namespace defenderd::attack
