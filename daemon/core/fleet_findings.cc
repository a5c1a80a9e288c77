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

std::string_view advice_on(const Finding& finding) {
  constexpr std::string_view kOrAccept = ", or accept the finding";
  const bool is_drift =
      finding.kind == FindingKind::AccountsUnprotected && finding.message.ends_with(kDeclaredOn);
  if (is_drift)
    return "defenderd corrects this drift where the mode is enforce; the subscription's reason "
           "says why it waits";
  std::string_view advice = advice_on(finding.kind);
  if (finding.accepted && advice.ends_with(kOrAccept)) advice.remove_suffix(kOrAccept.size());
  return advice;
}

void add_findings(const ProtectedAs& subscription, const Inspection& inspection, WallTime now,
                  std::vector<Finding>& findings, AccountCounts& accounts) {
  for (const InspectedAccount& account : inspection.accounts)
    ++accounts.at(static_cast<std::size_t>(state_of(account, subscription.plan_on)));
  for (Finding& finding : findings_of(subscription, inspection, now))
    findings.push_back(std::move(finding));
}

}  // namespace defenderd
