#pragma once
// What a round of inspections has left to do: batches of subscriptions whose accounts are looked
// for by one query, then subscriptions one by one. One thread.

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ai_account.h"
#include "core/failure.h"
#include "reconcile/account_source.h"
#include "reconcile/work_queue.h"

namespace defenderd {

struct InspectionTarget {
  SubscriptionId id;
  std::optional<TenantId> tenant = {};
  bool managed = true;         // the plan of an unmanaged one is read here
  bool needs_posture = false;  // whether CloudPosture is on matters
};

class InspectionWork {
 public:
  // Targets that have all but the id in common: ten thousand of them may wait for hours.
  struct Batch {
    InspectionTarget common;
    std::vector<SubscriptionId> ids;
  };
  // What is left to do for one subscription.
  struct Task {
    InspectionTarget target;
    bool is_listed = false;
    std::vector<AiAccount> accounts = {};
    std::size_t next = 0;  // of the accounts
    Inspection inspection = {};
    int tries = 0;
    SteadyTime not_before = {};
  };
  // Where the next request goes, and when it may be sent.
  struct Next {
    Lane lane;
    SteadyTime not_before = {};
  };
  // Of a query, as documented for Azure Resource Graph's callers.
  static constexpr std::size_t kBatch = 500;

  explicit InspectionWork(const std::vector<InspectionTarget>& targets);

  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool has_batch() const { return !batches_.empty(); }
  Batch take_batch();
  // The accounts that the query of a batch found. Subscriptions for which it found none are listed
  // one by one.
  void found(const Batch& batch, const std::vector<OwnedAccount>& accounts);
  // Without an answer to the query its subscriptions are listed one by one.
  void not_found(Batch batch) { to_list_.push_back(std::move(batch)); }

  // The next that is ready, when no batch is left; nullopt if all of them wait. One that waits for
  // its retry lets the others pass.
  std::optional<Task> take(SteadyTime now);
  void go_on_with(Task task) { ready_.push_front(std::move(task)); }
  void retry(Task task) { ready_.push_back(std::move(task)); }

  // nullopt if it is done.
  [[nodiscard]] std::optional<Next> next() const;
  // Those that were not listed yet count as one account each.
  [[nodiscard]] std::size_t accounts_left() const;
  [[nodiscard]] std::size_t subscriptions_left() const;

 private:
  std::deque<Batch> batches_;
  std::deque<Batch> to_list_;  // one by one
  std::deque<Task> ready_;     // or waiting for a retry
};

// One request's worth of work; true if nothing is left to do. What failed can be tried again.
[[nodiscard]] ArmResult<bool> inspect_next(InspectionWork::Task& task, AccountSource& source,
                                           bool content_filters, const std::stop_token& stop);

}  // namespace defenderd
