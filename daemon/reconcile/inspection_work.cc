#include "reconcile/inspection_work.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/plan_catalog.h"

namespace defenderd {
namespace {

using Task = InspectionWork::Task;

bool is_gone(const Failure& failure) { return failure.http_status == 404; }

bool needs_plan(const Task& task) {
  return !task.target.managed && !task.inspection.accounts.empty() && !task.inspection.plan_on;
}

bool needs_posture(const Task& task) {
  return task.target.needs_posture && !task.inspection.posture_on;
}

bool is_through(const Task& task) {
  return task.next == task.accounts.size() && !needs_plan(task) && !needs_posture(task);
}

ArmResult<Done> list(Task& task, AccountSource& source, const std::stop_token& stop) {
  auto listed = source.list(task.target.id, task.target.tenant, stop);
  if (!listed) return Unexpected(std::move(listed.error()));
  task.accounts = *std::move(listed);
  task.is_listed = true;
  return Done{};
}

ArmResult<Done> inspect(Task& task, AccountSource& source, bool content_filters,
                        const std::stop_token& stop) {
  auto inspected = source.inspect(task.target.id, task.target.tenant, task.accounts[task.next],
                                  content_filters, stop);
  if (!inspected && !is_gone(inspected.error())) return Unexpected(std::move(inspected.error()));
  if (inspected) task.inspection.accounts.push_back(*std::move(inspected));
  ++task.next;
  return Done{};
}

ArmResult<Done> read_plan(Task& task, AccountSource& source, const std::stop_token& stop) {
  const bool is_declared = needs_plan(task);
  const std::string_view plan = is_declared ? to_text(kDeclaredPlan) : kScannersPlan;
  auto on = source.plan_is_on(task.target.id, task.target.tenant, plan, stop);
  if (!on) return Unexpected(std::move(on.error()));
  (is_declared ? task.inspection.plan_on : task.inspection.posture_on) = *on;
  return Done{};
}

}  // namespace

InspectionWork::InspectionWork(const std::vector<InspectionTarget>& targets) {
  std::map<std::tuple<std::optional<TenantId>, bool, bool>, Batch> open;
  for (const InspectionTarget& target : targets) {
    Batch& batch = open[{target.tenant, target.managed, target.needs_posture}];
    batch.common = target;
    batch.ids.push_back(target.id);
    if (batch.ids.size() == kBatch) batches_.push_back(std::exchange(batch, {}));
  }
  for (auto& [common, batch] : open) {
    if (!batch.ids.empty()) batches_.push_back(std::move(batch));
  }
}

bool InspectionWork::is_done() const {
  return batches_.empty() && to_list_.empty() && ready_.empty();
}

InspectionWork::Batch InspectionWork::take_batch() {
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  return batch;
}

void InspectionWork::found(const Batch& batch, const std::vector<OwnedAccount>& accounts) {
  std::map<SubscriptionId, std::vector<AiAccount>> owned;
  for (const OwnedAccount& account : accounts)
    owned[account.subscription].push_back(account.account);
  // The graph omits what the identity may not see, without a word. Only a list says that there are
  // none.
  Batch without{batch.common, {}};
  for (const SubscriptionId id : batch.ids) {
    const auto own = owned.find(id);
    if (own == owned.end()) {
      without.ids.push_back(id);
      continue;
    }
    Task task{.target = batch.common};
    task.target.id = id;
    task.is_listed = true;
    task.accounts = std::move(own->second);
    ready_.push_back(std::move(task));
  }
  if (!without.ids.empty()) to_list_.push_back(std::move(without));
}

std::optional<Task> InspectionWork::take(SteadyTime now) {
  const auto ready = std::find_if(ready_.begin(), ready_.end(),
                                  [&](const Task& task) { return task.not_before <= now; });
  if (ready != ready_.end()) {
    Task task = std::move(*ready);
    ready_.erase(ready);
    return task;
  }
  if (to_list_.empty()) return std::nullopt;
  Batch& batch = to_list_.front();
  Task task{.target = batch.common};
  task.target.id = batch.ids.back();
  batch.ids.pop_back();
  if (batch.ids.empty()) to_list_.pop_front();
  return task;
}

std::optional<InspectionWork::Next> InspectionWork::next() const {
  if (!batches_.empty()) return Next{batches_.front().common.tenant};
  if (!to_list_.empty()) return Next{to_list_.front().common.tenant};
  if (ready_.empty()) return std::nullopt;
  const auto first =
      std::min_element(ready_.begin(), ready_.end(),
                       [](const Task& a, const Task& b) { return a.not_before < b.not_before; });
  return Next{first->target.tenant, first->not_before};
}

std::size_t InspectionWork::accounts_left() const {
  std::size_t count = 0;
  for (const Task& task : ready_) count += task.is_listed ? task.accounts.size() - task.next : 1;
  for (const Batch& batch : to_list_) count += batch.ids.size();
  return count;
}

std::size_t InspectionWork::subscriptions_left() const {
  std::size_t count = ready_.size();
  for (const Batch& batch : to_list_) count += batch.ids.size();
  for (const Batch& batch : batches_) count += batch.ids.size();
  return count;
}

ArmResult<bool> inspect_next(InspectionWork::Task& task, AccountSource& source,
                             bool content_filters, const std::stop_token& stop) {
  ArmResult<Done> done = Done{};
  if (!task.is_listed) {
    done = list(task, source, stop);
  } else if (task.next < task.accounts.size()) {
    done = inspect(task, source, content_filters, stop);
  } else {
    done = read_plan(task, source, stop);
  }
  if (!done) return Unexpected(std::move(done.error()));
  task.tries = 0;
  return is_through(task);
}

}  // namespace defenderd
