#pragma once
// The port to the place where plans are stored: Azure Resource Manager, or a fake that behaves like
// it.

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/failure.h"
#include "core/plan_catalog.h"
#include "core/pricing.h"

namespace defenderd {

// Which plan of which subscription, and the tenant whose token is used (nullopt: the default one).
struct PlanKey {  // NOLINT(cppcoreguidelines-pro-type-member-init): both are given
  SubscriptionId subscription;
  PlanName plan;
  std::optional<TenantId> tenant = {};
  // Whether the subscription may be changed now: only then may a store prepare it for reading. It
  // is asked right before that is sent. Empty: never.
  std::function<bool()> may_write = {};
  // Until when: what it sends for that is given up then, like a write.
  SteadyTime write_until = SteadyTime::max();
  // Whether the values of extensions are asked for too: then an answer that shows the plan on
  // without any extension is none. It is not documented that a plan has some in each subscription.
  bool with_extensions = true;
};

// What is to be written, and until when: a request that is not answered by then is given up.
struct PlanWrite {
  // Not explicit: a Pricing is written without a limit of its own.
  PlanWrite(Pricing wanted, SteadyTime limit = SteadyTime::max())
      : pricing(std::move(wanted)), until(limit) {}
  Pricing pricing;
  SteadyTime until;
};

// The answer to a read. `failed`, `succeeded` and `in_progress` are the extensions with such an
// operationStatus, which most reads leave out. `enabled_since` is enablementTime as ARM wrote it,
// "" if it is not shown.
struct PlanRead {
  Pricing pricing;
  ArmTrace trace = {};
  std::vector<ExtensionFailure> failed = {};
  std::vector<std::string> succeeded = {};
  std::string enabled_since = {};
  // When it was asked for: the answer may be that old. nullopt: just now.
  std::optional<SteadyTime> asked_at = {};
  std::vector<std::string> in_progress = {};
};

// The answer to a write. It does not mean that every extension was applied.
struct PlanWritten {
  Pricing pricing;
  std::vector<ExtensionFailure> failed = {};
  ArmTrace trace = {};
  std::vector<std::string> succeeded = {};
  std::string enabled_since = {};
  std::vector<std::string> in_progress = {};
};

// Thread-safe. Calls block until answered, failed, out of time, or `stop` was requested.
class PlanStore {
 public:
  PlanStore() = default;
  PlanStore(const PlanStore&) = delete;
  PlanStore& operator=(const PlanStore&) = delete;
  virtual ~PlanStore() = default;

  virtual ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) = 0;

  // Waits until one write can be sent at once and takes its share of the budget. A write undoes
  // what others changed since the plan was read, so call this before the read that it is based on.
  virtual ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) = 0;

  // After await_turn(). Writes tier, sub-plan, enforce, extensions and the members in extra_json.
  // After a failure with maybe_applied, ARM may have applied it: read before writing again.
  virtual ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                       std::stop_token stop) = 0;
};

}  // namespace defenderd
