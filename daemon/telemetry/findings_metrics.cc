#include "telemetry/findings_metrics.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "base/time_text.h"

namespace defenderd {
namespace {

void write_by_subscription(Exposition& out, const FindingsSnapshot& findings) {
  out.family("defenderd_subscription_findings", MetricKind::Gauge,
             "Findings of a subscription that are not accepted, by finding; absent for none.");
  std::map<std::pair<SubscriptionId, FindingKind>, std::pair<const Finding*, std::size_t>> counts;
  for (const Finding& finding : findings.findings) {
    if (finding.accepted) continue;
    auto& [first, count] = counts[{finding.subscription, finding.kind}];
    if (first == nullptr) first = &finding;
    ++count;
  }
  for (const auto& [key, counted] : counts) {
    const Finding& finding = *counted.first;
    out.sample(label_text({{"subscription_id", finding.subscription.text()},
                           {"name", finding.subscription_name},
                           {"finding", to_text(finding.kind)}}),
               static_cast<double>(counted.second));
  }
}

}  // namespace

void write_findings_metrics(Exposition& out, const FindingsSnapshot& findings,
                            bool per_subscription) {
  out.family("defenderd_ai_accounts", MetricKind::Gauge,
             "AI accounts of the visible subscriptions by how they are protected: by their "
             "subscription's plan and their own Defender switch.");
  for (const AccountState state : kAllAccountStates) {
    out.sample(label_text({{"state", to_text(state)}}),
               static_cast<double>(findings.accounts.at(static_cast<std::size_t>(state))));
  }
  const auto by_kind = [&](const auto& counts) {
    for (const FindingKind kind : kAllFindingKinds) {
      out.sample(label_text({{"finding", to_text(kind)}}),
                 static_cast<double>(counts.at(static_cast<std::size_t>(kind))));
    }
  };
  out.family("defenderd_findings", MetricKind::Gauge,
             "Findings that are not accepted, by finding.");
  by_kind(findings.count);
  out.family("defenderd_findings_accepted", MetricKind::Gauge,
             "Findings that the desired state accepts for a time, by finding.");
  by_kind(findings.accepted_count);
  out.family("defenderd_findings_denied", MetricKind::Gauge,
             "1 if the identity lacks a permission to see all of the AI accounts.");
  out.sample({}, findings.denied.empty() ? 0 : 1);
  out.family("defenderd_findings_last_completed_timestamp_seconds", MetricKind::Gauge,
             "When the last inspection of all subscriptions ended. Absent before the first.");
  if (findings.last_round) out.sample({}, to_unix_seconds(*findings.last_round));
  if (per_subscription) write_by_subscription(out, findings);
}

}  // namespace defenderd
