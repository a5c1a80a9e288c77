#include "reconcile/inspection_work.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/plan_catalog.h"

namespace defenderd {
namespace {

using One = InspectionWork::One;

bool is_gone(const Failure& failure) { return failure.http_status == 404; }

bool needs_plan(const One& one) {
  return !one.target.managed && !one.inspection.accounts.empty() && !one.inspection.plan_on;
}

bool needs_posture(const One& one) {
  return one.target.needs_posture && !one.inspection.posture_on;
}

bool is_through(const One& one) {
  return one.next == one.accounts.size() && !needs_plan(one) && !needs_posture(one);
}

ArmResult<Done> list(One& one, AccountSource& source, const std::stop_token& stop) {
  auto listed = source.list(one.target.id, one.target.tenant, stop);
  if (!listed) return Unexpected(std::move(listed.error()));
  one.accounts = *std::move(listed);
  one.is_listed = true;
  return Done{};
}

ArmResult<Done> inspect(One& one, AccountSource& source, bool content_filters,
                        const std::stop_token& stop) {
  auto inspected = source.inspect(one.target.id, one.target.tenant, one.accounts[one.next],
                                  content_filters, stop);
  if (!inspected && !is_gone(inspected.error())) return Unexpected(std::move(inspected.error()));
  if (inspected) one.inspection.accounts.push_back(*std::move(inspected));
  ++one.next;
  return Done{};
}

ArmResult<Done> read_plan(One& one, AccountSource& source, const std::stop_token& stop) {
  const bool is_declared = needs_plan(one);
  const std::string_view plan = is_declared ? to_text(kDeclaredPlan) : kScannersPlan;
  auto on = source.plan_is_on(one.target.id, one.target.tenant, plan, stop);
  if (!on) return Unexpected(std::move(on.error()));
  (is_declared ? one.inspection.plan_on : one.inspection.posture_on) = *on;
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
  // The graph omits what the identity may not see. One that is listed directly says so.
  if (accounts.empty()) {
    Batch probe{batch.common, {batch.ids.front()}};
    probe.common.needs_posture = false;  // that is read anyway
    to_list_.push_back(std::move(probe));
  }
  std::map<SubscriptionId, std::vector<AiAccount>> owned;
  for (const OwnedAccount& one : accounts) owned[one.subscription].push_back(one.account);
  for (const SubscriptionId id : batch.ids) {
    const auto own = owned.find(id);
    if (own == owned.end() && !batch.common.needs_posture) continue;
    One one{.target = batch.common};
    one.target.id = id;
    one.is_listed = true;
    if (own != owned.end()) one.accounts = std::move(own->second);
    ready_.push_back(std::move(one));
  }
}

std::optional<One> InspectionWork::take(SteadyTime now) {
  const auto ready = std::find_if(ready_.begin(), ready_.end(),
                                  [&](const One& one) { return one.not_before <= now; });
  if (ready != ready_.end()) {
    One one = std::move(*ready);
    ready_.erase(ready);
    return one;
  }
  if (to_list_.empty()) return std::nullopt;
  Batch& batch = to_list_.front();
  One one{.target = batch.common};
  one.target.id = batch.ids.back();
  batch.ids.pop_back();
  if (batch.ids.empty()) to_list_.pop_front();
  return one;
}

std::optional<InspectionWork::Next> InspectionWork::next() const {
  if (!batches_.empty()) return Next{batches_.front().common.tenant};
  if (!to_list_.empty()) return Next{to_list_.front().common.tenant};
  if (ready_.empty()) return std::nullopt;
  const auto first = std::min_element(ready_.begin(), ready_.end(), [](const One& a, const One& b) {
    return a.not_before < b.not_before;
  });
  return Next{first->target.tenant, first->not_before};
}

std::size_t InspectionWork::accounts_left() const {
  std::size_t count = 0;
  for (const One& one : ready_) count += one.is_listed ? one.accounts.size() - one.next : 1;
  for (const Batch& batch : to_list_) count += batch.ids.size();
  return count;
}

std::size_t InspectionWork::subscriptions_left() const {
  std::size_t count = ready_.size();
  for (const Batch& batch : to_list_) count += batch.ids.size();
  for (const Batch& batch : batches_) count += batch.ids.size();
  return count;
}

ArmResult<bool> inspect_next(InspectionWork::One& one, AccountSource& source, bool content_filters,
                             const std::stop_token& stop) {
  ArmResult<Done> done = Done{};
  if (!one.is_listed) {
    done = list(one, source, stop);
  } else if (one.next < one.accounts.size()) {
    done = inspect(one, source, content_filters, stop);
  } else {
    done = read_plan(one, source, stop);
  }
  if (!done) return Unexpected(std::move(done.error()));
  one.tries = 0;
  return is_through(one);
}

}  // namespace defenderd
