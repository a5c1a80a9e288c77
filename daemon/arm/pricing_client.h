#pragma once
// The plan store in Azure: Microsoft.Security/pricings of each subscription.

#include "arm/arm_client.h"
#include "reconcile/plan_store.h"

namespace defenderd {

// Thread-safe.
class PricingClient final : public PlanStore {
 public:
  explicit PricingClient(ArmClient& arm);

  // GET /subscriptions/{id}/providers/Microsoft.Security/pricings/{plan}
  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override;
  ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override;
  // PUT to the same; ARM answers when it is done, with 200 or 201.
  ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                               std::stop_token stop) override;

 private:
  ArmClient& arm_;
};

}  // namespace defenderd
