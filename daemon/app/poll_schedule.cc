#include "app/poll_schedule.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "base/time_text.h"
#include "core/plan_catalog.h"
#include "reconcile/bulk_sweeper.h"

namespace defenderd {
namespace {

double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// A direct observation of one subscription.
constexpr double kReads = entry_of(kDeclaredPlan).reads;

// Reads per second of the tenant that needs the most.
double busiest_tenant(const PollSettings& poll, const std::vector<Declaration>& subscriptions) {
  const bool bulk = poll.strategy == PollStrategy::ResourceGraph;
  const double each = kReads / in_seconds(bulk ? poll.full_interval : poll.interval) +
                      (bulk ? 1 / in_seconds(poll.interval) / BulkSweeper::kBatch : 0);
  std::unordered_map<std::optional<TenantId>, double> tenants;
  for (const Declaration& subscription : subscriptions)
    tenants[subscription->tenant] +=
        subscription->interval ? kReads / in_seconds(*subscription->interval) : each;
  double most = 0;
  for (const auto& [tenant, reads] : tenants) most = std::max(most, reads);
  return most;
}

}  // namespace

Schedule schedule_of(const PollSettings& poll) {
  Schedule schedule{poll.interval, poll.jitter, poll.retry_min, poll.retry_max};
  if (poll.strategy == PollStrategy::ResourceGraph) schedule.full_interval = poll.full_interval;
  return schedule;
}

std::optional<Duration> bulk_interval(const PollSettings& poll) {
  if (poll.strategy == PollStrategy::Direct) return std::nullopt;
  return poll.interval;
}

std::string observation_text(const PollSettings& poll) {
  const std::string interval = format_duration(poll.interval);
  if (poll.strategy == PollStrategy::Direct) return "each subscription is read every " + interval;
  return "Azure Resource Graph is queried every " + interval +
         ", each subscription is read directly every " + format_duration(poll.full_interval);
}

std::string budget_warning(const Settings& settings,
                           const std::vector<Declaration>& subscriptions) {
  const PollSettings& poll = settings.poll;
  const double needed = busiest_tenant(poll, subscriptions);
  const double allowed = settings.azure.reads_per_second;
  constexpr double kRounding = 1.001;
  if (needed <= allowed * kRounding) return "";
  const Duration sweep =
      std::chrono::ceil<std::chrono::seconds>(scaled(poll.interval, needed / allowed));
  return "the subscriptions of one tenant need " +
         std::to_string(static_cast<long>(std::ceil(needed))) +
         " reads a second, more than azure.budget.readsPerSecond: a sweep takes about " +
         format_duration(sweep) + " instead of " + format_duration(poll.interval) +
         " (poll.interval); raise one of the two" +
         (poll.strategy == PollStrategy::Direct ? ", or set poll.strategy: resourceGraph" : "");
}

}  // namespace defenderd
