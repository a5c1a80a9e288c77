#pragma once
// The port to the place where plans live: Azure Resource Manager, or a fake that behaves like it.

#include <stop_token>
#include <vector>

#include "core/desired_state.h"
#include "core/failure.h"
#include "core/plan_catalog.h"
#include "core/pricing.h"

namespace defenderd {

// Which plan of which subscription, and the tenant whose token opens it (nullopt: the default one).
struct PlanKey {  // NOLINT(cppcoreguidelines-pro-type-member-init): both are given
  SubscriptionId subscription;
  PlanName plan;
  std::optional<TenantId> tenant = {};
  // Whether the subscription may be changed at all: a store that could prepare it for being read
  // does so only then.
  bool may_write = false;
  bool operator==(const PlanKey&) const = default;
};

// The answer to a read.
struct PlanRead {
  Pricing pricing;
  ArmTrace trace = {};
};

// The answer to a write. That it came at all does not mean that every extension took it.
struct PlanWritten {
  Pricing pricing;
  std::vector<ExtensionFailure> failed = {};
  ArmTrace trace = {};
};

// Thread-safe. Calls block until answered, failed, out of time, or `stop` was requested.
class PlanStore {
 public:
  PlanStore() = default;
  PlanStore(const PlanStore&) = delete;
  PlanStore& operator=(const PlanStore&) = delete;
  virtual ~PlanStore() = default;

  virtual ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) = 0;

  // Waits until one write may go out at once and takes its share of the budget. A write changes
  // what others did since the plan was read, so this comes before the read that it is based on.
  virtual ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) = 0;

  // After await_turn(). Writes tier, sub-plan, enforce, extensions and what extra_json carries. A
  // failure with maybe_applied leaves open whether ARM did it: read before writing again.
  virtual ArmResult<PlanWritten> write(const PlanKey& key, const Pricing& wanted,
                                       std::stop_token stop) = 0;
};

}  // namespace defenderd
