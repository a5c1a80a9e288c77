#include "cli/inspect_fleet.h"

#include <algorithm>
#include <atomic>
#include <future>
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

// So many at once: a subscription for which the graph shows nothing costs a request of its own.
constexpr std::size_t kInspectors = 4;

template <typename T>
std::vector<std::vector<T>> in_parts(const std::vector<T>& all) {
  std::vector<std::vector<T>> parts;
  const std::size_t size = (all.size() + kInspectors - 1) / kInspectors;
  for (std::size_t first = 0; first < all.size(); first += size) {
    const std::span part = std::span(all).subspan(first, std::min(size, all.size() - first));
    parts.emplace_back(part.begin(), part.end());
  }
  return parts;
}

// One round by several inspectors, each with its part of the subscriptions.
class FleetInspection {
 public:
  FleetInspection(AzureStack& azure, Clock& clock, const FindingSettings& settings,
                  ProgressLine& progress)
      : azure_(azure), clock_(clock), settings_(settings), progress_(progress) {}

  InspectionRound run(const std::vector<InspectionTarget>& targets,
                      std::map<SubscriptionId, Inspection>& inspections,
                      const std::stop_token& stop) {
    std::vector<std::future<Part>> running;
    for (std::vector<InspectionTarget>& part : in_parts(targets)) {
      running.push_back(
          std::async(std::launch::async, [this, part = std::move(part), &targets, &stop] {
            return inspect(part, targets.size(), stop);
          }));
    }
    InspectionRound all{.subscriptions = targets.size()};
    for (std::future<Part>& future : running) {
      Part part = future.get();
      all.accounts += part.round.accounts;
      all.failed += part.round.failed;
      if (all.failure.empty()) all.failure = std::move(part.round.failure);
      all.not_permitted += part.round.not_permitted;
      all.denied.merge(part.round.denied);
      inspections.merge(part.inspections);
    }
    return all;
  }

 private:
  struct Part {
    InspectionRound round = {};
    std::map<SubscriptionId, Inspection> inspections = {};
  };

  Part inspect(const std::vector<InspectionTarget>& targets, std::size_t of,
               const std::stop_token& stop) {
    Part part;
    std::size_t left = targets.size();
    Inspector::Listener listener;
    listener.targets = [&] { return std::optional(targets); };
    listener.inspected = [&](SubscriptionId id, const Inspection& inspection) {
      part.inspections.insert_or_assign(id, inspection);
    };
    listener.completed = [&](const InspectionRound& round) { part.round = round; };
    listener.passed = [&](const std::optional<InspectionProgress>& passed) {
      if (passed) progress_.show(done_ += std::exchange(left, passed->left) - passed->left, of);
    };
    Inspector inspector(
        azure_.accounts(), clock_,
        [this](const Lane& lane) { return azure_.throttle().ready_at(lane); },
        {.interval = settings_.interval,
         .content_filters = settings_.content_filters,
         .spread = false,
         .first_pause = std::chrono::seconds(2)},
        std::move(listener));
    while (!inspector.is_through() && !stop.stop_requested()) {
      inspector.step(stop);
      if (!inspector.is_through()) clock_.sleep_until(inspector.next_step(), stop);
    }
    return part;
  }

  AzureStack& azure_;
  Clock& clock_;
  const FindingSettings& settings_;
  ProgressLine& progress_;
  std::atomic<std::size_t> done_ = 0;
};

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
  std::map<SubscriptionId, Inspection> inspections;
  fleet.round = FleetInspection(azure, clock, settings, progress)
                    .run(targets_of(swept, uncovered), inspections, stop);
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
  std::vector<std::future<AccountCountsById>> running;
  for (std::vector<SubscriptionId>& part : in_parts(subscriptions)) {
    running.push_back(
        std::async(std::launch::async, [&azure, &tenant, &stop, part = std::move(part)] {
          return count_part(azure, tenant, part, stop);
        }));
  }
  AccountCountsById counts;
  for (std::future<AccountCountsById>& part : running) counts.merge(part.get());
  return counts;
}

}  // namespace defenderd
