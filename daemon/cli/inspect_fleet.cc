#include "cli/inspect_fleet.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <span>
#include <type_traits>
#include <utility>

namespace defenderd {
namespace {

std::vector<InspectionTarget> targets_of(const SweepResult& swept,
                                         const std::vector<UncoveredSubscription>& uncovered) {
  std::vector<InspectionTarget> targets;
  for (const SweptSubscription& subscription : swept.subscriptions) {
    if (!subscription.selected || !subscription.outcome.observed)
      continue;  // a failure is reported already
    const DesiredSubscription& desired = subscription.outcome.desired;
    targets.push_back(
        {desired.id, desired.tenant, true, protected_as(desired, nullptr).scanner_declared});
  }
  for (const UncoveredSubscription& subscription : uncovered)
    targets.push_back({subscription.id, subscription.listed_in, false, false});
  return targets;
}

void judge(const ProtectedAs& subscription, const Inspection& inspection, WallTime now,
           InspectedFleet& fleet) {
  fleet.holding += inspection.accounts.empty() ? 0 : 1;
  add_findings(subscription, inspection, now, fleet.findings, fleet.accounts);
}

// Calls `work` for several parts of the items at once, because a subscription for which the graph
// shows nothing costs a request of its own. Returns the results.
template <typename T, typename Work>
auto in_parts(const std::vector<T>& all, const Work& work) {
  constexpr std::size_t kParts = 4;
  const std::size_t size = (all.size() + kParts - 1) / kParts;
  std::vector<std::future<std::invoke_result_t<Work, std::span<const T>>>> running;
  for (std::size_t first = 0; first < all.size(); first += size) {
    const std::span part = std::span(all).subspan(first, std::min(size, all.size() - first));
    running.push_back(std::async(std::launch::async, work, part));
  }
  std::vector<std::invoke_result_t<Work, std::span<const T>>> results;
  results.reserve(running.size());
  for (auto& part : running) results.push_back(part.get());
  return results;
}

struct InspectedPart {
  InspectionRound round = {};
  std::map<SubscriptionId, Inspection> inspections = {};
};

// `passed` is told how many more subscriptions are through.
InspectedPart inspect_part(AzureStack& azure, Clock& clock, const FindingSettings& settings,
                           std::span<const InspectionTarget> targets,
                           const std::function<void(std::size_t)>& passed,
                           const std::stop_token& stop) {
  InspectedPart part;
  std::size_t left = targets.size();
  Inspector::Listener listener;
  listener.targets = [&] {
    return std::optional(std::vector<InspectionTarget>(targets.begin(), targets.end()));
  };
  listener.inspected = [&](SubscriptionId id, const Inspection& inspection) {
    part.inspections.insert_or_assign(id, inspection);
  };
  listener.completed = [&](const InspectionRound& round) { part.round = round; };
  listener.passed = [&](const std::optional<InspectionProgress>& progress) {
    if (progress) passed(std::exchange(left, progress->left) - progress->left);
  };
  Inspector inspector(
      azure.accounts(), clock,
      [&azure](const Lane& lane) { return azure.throttle().ready_at(lane); },
      {.interval = settings.interval,
       .content_filters = settings.content_filters,
       .spread = false,
       .first_pause = std::chrono::seconds(2)},
      std::move(listener));
  while (!inspector.is_through() && !stop.stop_requested()) {
    inspector.step(stop);
    if (!inspector.is_through()) clock.sleep_until(inspector.next_step(), stop);
  }
  return part;
}

void add(InspectionRound&& part, InspectionRound& all) {
  all.accounts += part.accounts;
  all.failed += part.failed;
  if (all.failure.empty()) all.failure = std::move(part.failure);
  all.not_permitted += part.not_permitted;
  all.denied.merge(part.denied);
}

using AccountCountsById = std::map<SubscriptionId, std::optional<std::size_t>>;

AccountCountsById count_part(AzureStack& azure, const std::optional<TenantId>& tenant,
                             std::span<const SubscriptionId> subscriptions,
                             const std::stop_token& stop) {
  AccountCountsById counts;
  for (std::size_t first = 0; first < subscriptions.size(); first += InspectionWork::kBatch) {
    const std::size_t size = std::min(InspectionWork::kBatch, subscriptions.size() - first);
    const std::span batch = subscriptions.subspan(first, size);
    if (const auto found = azure.accounts().find(tenant, batch, stop)) {
      for (const OwnedAccount& account : *found) {
        auto& count = counts[account.subscription];
        count = count.value_or(0) + 1;
      }
    }
    for (const SubscriptionId id : batch) {
      if (counts.contains(id)) continue;
      // The graph omits what the identity may not see.
      const auto listed = azure.accounts().list(id, tenant, stop);
      counts[id] = listed ? std::optional(listed->size()) : std::nullopt;
    }
  }
  return counts;
}

}  // namespace

InspectedFleet inspect_fleet(AzureStack& azure, Clock& clock, const FindingSettings& settings,
                             const SweepResult& swept,
                             const std::vector<UncoveredSubscription>& uncovered,
                             ProgressLine& progress, const std::stop_token& stop) {
  InspectedFleet fleet;
  progress.clear();
  const std::vector<InspectionTarget> targets = targets_of(swept, uncovered);
  std::atomic<std::size_t> done = 0;
  const auto inspect = [&](std::span<const InspectionTarget> part) {
    const auto passed = [&](std::size_t more) { progress.show(done += more, targets.size()); };
    return inspect_part(azure, clock, settings, part, passed, stop);
  };
  fleet.round.subscriptions = targets.size();
  std::map<SubscriptionId, Inspection> inspections;
  for (InspectedPart& part : in_parts(targets, inspect)) {
    add(std::move(part.round), fleet.round);
    inspections.merge(part.inspections);
  }
  fleet.stopped = stop.stop_requested();
  const WallTime now = clock.wall_now();
  for (const SweptSubscription& subscription : swept.subscriptions) {
    if (!subscription.selected) continue;
    const Outcome& outcome = subscription.outcome;
    fleet.not_observed += outcome.observed ? 0 : 1;
    const auto inspection = inspections.find(outcome.desired.id);
    if (inspection == inspections.end()) continue;
    judge(protected_as(outcome.desired, outcome.observed ? &*outcome.observed : nullptr),
          inspection->second, now, fleet);
  }
  for (const UncoveredSubscription& subscription : uncovered) {
    const auto inspection = inspections.find(subscription.id);
    if (inspection == inspections.end()) continue;
    judge(unmanaged(subscription.id, subscription.name, inspection->second.plan_on),
          inspection->second, now, fleet);
  }
  return fleet;
}

std::map<SubscriptionId, std::optional<std::size_t>> count_accounts(
    AzureStack& azure, const std::optional<TenantId>& tenant,
    const std::vector<SubscriptionId>& subscriptions, const std::stop_token& stop) {
  const auto count = [&](std::span<const SubscriptionId> part) {
    return count_part(azure, tenant, part, stop);
  };
  AccountCountsById counts;
  for (AccountCountsById& part : in_parts(subscriptions, count)) counts.merge(part);
  return counts;
}

}  // namespace defenderd
