#pragma once
// ARM's plans in memory, behaving as Azure documents it: defaults switched on when the plan goes
// on, extensions gone when it goes off, operationStatus only in the answer to a write. The contract
// suite runs against it and the real client, so that they agree.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/pricing.h"
#include "reconcile/plan_store.h"

namespace defenderd {

// Thread-safe.
class FakePlanStore final : public PlanStore {
 public:
  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override;
  ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override;
  ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                               std::stop_token stop) override;

  // Changes made by others.
  void put(SubscriptionId id, Pricing pricing);
  [[nodiscard]] Pricing get(SubscriptionId id) const;
  // Extensions that the service switches on (true) or adds switched off when a plan goes on.
  void set_defaults(std::vector<Extension> defaults);
  // The next read or write of that subscription fails like this; several apply in order.
  void fail_next_read(SubscriptionId id, Failure failure);
  void fail_next_write(SubscriptionId id, Failure failure);
  // Every read of it fails like this, until nullopt.
  void fail_reads(SubscriptionId id, std::optional<Failure> failure);
  // Every write that names this extension as on answers Failed for it, while isEnabled reads true.
  void fail_extension(SubscriptionId id, std::string extension, std::string message);
  // Every write that changes or adds this extension is refused with 400 and that message.
  void refuse_extension(SubscriptionId id, std::string extension, std::string message);
  // Every write that changes the plan itself is refused likewise.
  void refuse_plan(SubscriptionId id, std::string message);
  // The answer to the next read or write of it is about another subscription.
  void confuse_next_answer(SubscriptionId id);
  // Every read shows this extension's operationStatus: Failed with the message, or Succeeded.
  void show_status(SubscriptionId id, std::string extension, std::optional<std::string> failed);
  // Writes are answered as if they were applied, or with the old values; nothing changes.
  enum class Deaf { No, AnswersAsAsked, AnswersAsIs };
  void ignore_writes(SubscriptionId id, Deaf deaf);
  // The next so many reads after a write show the plan as it was before it.
  void lag_reads(SubscriptionId id, int reads);
  // Called during await_turn(), or right before a write is carried out: what happens meanwhile.
  void on_turn(std::function<void()> happens);
  void on_write(std::function<void()> happens);
  void heal_extension(SubscriptionId id, const std::string& extension);
  // From then on a write whose time is over fails. The clock outlives the store.
  void set_clock(const Clock& clock);

  [[nodiscard]] int reads() const;
  [[nodiscard]] int writes() const;
  [[nodiscard]] int turns() const;
  // The bodies written to one subscription, in order.
  [[nodiscard]] std::vector<Pricing> written(SubscriptionId id) const;

 private:
  struct Plan;
  static void set(Plan& plan, Pricing pricing);
  static PlanWritten carry_out(Plan& plan, const Pricing& wanted,
                               const std::vector<Extension>& defaults);

  struct Plan {
    Pricing pricing;
    std::deque<Failure> read_failures;
    std::optional<Failure> unreadable;
    std::deque<Failure> write_failures;
    std::map<std::string, std::string> failing_extensions;
    std::map<std::string, std::string> refused_extensions;
    std::optional<std::string> refused_plan;
    std::map<std::string, std::optional<std::string>> shown_statuses;
    Deaf deaf = Deaf::No;
    int lag = 0;
    int lagging_reads = 0;
    Pricing before_write;
    int switched_on = 1;  // times
    bool confuses_next_answer = false;
    std::vector<Pricing> written;
  };
  mutable std::mutex mutex_;
  std::map<SubscriptionId, Plan> plans_;
  std::vector<Extension> defaults_;
  int reads_ = 0;
  int writes_ = 0;
  int turns_ = 0;
  std::function<void()> on_turn_;
  std::function<void()> on_write_;
  const Clock* clock_ = nullptr;
};

}  // namespace defenderd
