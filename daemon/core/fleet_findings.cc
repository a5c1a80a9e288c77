#include "core/fleet_findings.h"

#include <utility>

namespace defenderd {

ProtectedAs unmanaged(SubscriptionId id, const std::string& name, std::optional<bool> plan_on) {
  ProtectedAs result;
  result.subscription = id;
  result.name = name;
  result.managed = false;
  result.plan_on = plan_on;
  return result;
}

void add_findings(const ProtectedAs& subscription, const Inspection& inspection, WallTime now,
                  std::vector<Finding>& findings, AccountCounts& accounts) {
  for (const InspectedAccount& account : inspection.accounts)
    ++accounts.at(static_cast<std::size_t>(state_of(account, subscription.plan_on)));
  for (Finding& finding : findings_of(subscription, inspection, now))
    findings.push_back(std::move(finding));
}

}  // namespace defenderd
