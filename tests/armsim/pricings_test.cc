// GET, PUT and list of pricings as a client sees them on the wire.

#include <gtest/gtest.h>

#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

class PricingsTest : public testing::Test {
 protected:
  PricingsTest() : simulator_({.tls = Tls::None}) {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  Simulator simulator_;
  std::unique_ptr<TestClient> client_;
};

TEST_F(PricingsTest, AFreePlanHasNoExtensions) {
  const Answer answer = client_->get_plan();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["id"],
            "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI");
  EXPECT_EQ(answer.json["properties"]["pricingTier"], "Free");
  EXPECT_EQ(extensions_of(answer), "none");
}

TEST_F(PricingsTest, SwitchingOnBringsTheDefaultExtensions) {
  const Answer answer = client_->put_plan(plan_body("Standard"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(extensions_of(answer),
            "AIPromptEvidence=True AIPromptSharingWithPurview=True AIModelScanner=False");
  EXPECT_TRUE(simulator_.plan(kSub).has_on("AIPromptEvidence"));
}

}  // namespace
}  // namespace armsim
