#pragma once
// Enables Defender for Cloud: registers the resource provider Microsoft.Security on subscriptions
// that lack it, and lets the reconcile continue once that is done.

#include <atomic>
#include <map>

#include "arm/arm_client.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "reconcile/plan_store.h"

namespace defenderd {

// A plan store in front of another. Thread-safe. Never waits for Azure to finish, which takes
// minutes: a read that finds an unregistered provider requests the registration and fails with
// ProviderRegistering, and each later read checks again. It requests a few times and then pauses,
// failing with ProviderNotRegistered. If the key does not allow writing, it requests nothing; if it
// is not enabled, it only passes on what the other store answers.
class RegisteringStore final : public PlanStore {
 public:
  // All must outlive it.
  RegisteringStore(PlanStore& plans, ArmClient& arm, const Clock& clock, bool enabled);

  void set_enabled(bool enabled) { enabled_ = enabled; }

  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override;
  ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override;
  ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                               std::stop_token stop) override;

 private:
  struct Asked {
    int times = 0;
    SteadyTime last;
  };
  enum class Step { Ask, Wait, GiveUp };
  [[nodiscard]] Step next_step(SubscriptionId id);

  // POST /subscriptions/{id}/providers/Microsoft.Security/register: the registration state.
  ArmResult<std::string> ask(const ArmCall& call, const std::stop_token& stop);

  PlanStore& plans_;
  ArmClient& arm_;
  const Clock& clock_;
  std::atomic<bool> enabled_;
  Mutex mutex_;
  // Of those that are not registered yet.
  std::map<SubscriptionId, Asked> asked_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
