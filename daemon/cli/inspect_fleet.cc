#include "cli/inspect_fleet.h"

#include <algorithm>
#include <span>
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

}  // namespace

InspectedFleet inspect_fleet(AzureStack& azure, Clock& clock, const FindingSettings& settings,
                             const SweepResult& swept,
                             const std::vector<UncoveredSubscription>& uncovered,
                             const std::stop_token& stop) {
  InspectedFleet fleet;
  std::map<SubscriptionId, Inspection> inspections;
  Inspector::Listener listener;
  listener.targets = [&] { return std::optional(targets_of(swept, uncovered)); };
  listener.inspected = [&](SubscriptionId id, const Inspection& inspection) {
    inspections.insert_or_assign(id, inspection);
  };
  listener.completed = [&](const InspectionRound& round) { fleet.round = round; };
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
  std::map<SubscriptionId, std::optional<std::size_t>> counts;
  for (std::size_t first = 0; first < subscriptions.size(); first += InspectionWork::kBatch) {
    const std::size_t size = std::min(InspectionWork::kBatch, subscriptions.size() - first);
    const std::span batch = std::span(subscriptions).subspan(first, size);
    const auto found = azure.accounts().find(tenant, batch, stop);
    for (const SubscriptionId id : batch) {
      if (found) {
        counts[id] = 0;
        continue;
      }
      const auto listed = azure.accounts().list(id, tenant, stop);
      counts[id] = listed ? std::optional(listed->size()) : std::nullopt;
    }
    if (!found) continue;
    for (const OwnedAccount& account : *found) ++*counts[account.subscription];
  }
  return counts;
}

}  // namespace defenderd
