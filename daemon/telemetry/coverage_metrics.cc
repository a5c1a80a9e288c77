#include "telemetry/coverage_metrics.h"

#include <map>
#include <string_view>

#include "base/time_text.h"

namespace defenderd {

void write_coverage_metrics(Exposition& out, const CoverageSnapshot& coverage, WallTime now) {
  const auto gauge = [&](std::string_view name, std::string_view help, bool known, double value) {
    out.family(name, MetricKind::Gauge, help);
    if (known) out.sample({}, value);
  };
  gauge("defenderd_subscriptions_undeclared",
        "Subscriptions that are visible but unmanaged: no entry, scope or exclusion. Absent until "
        "known.",
        coverage.known, static_cast<double>(coverage.undeclared));
  gauge("defenderd_scopes", "Declared scopes.", true, static_cast<double>(coverage.scopes));
  out.family("defenderd_scope_subscriptions", MetricKind::Gauge,
             "Visible subscriptions that a scope selects; its label is its name, or where it is "
             "declared. Absent until known.");
  std::map<std::string_view, std::size_t> by_scope;  // a name may be used twice
  for (const auto& row : coverage.by_scope) by_scope[row.scope] += row.subscriptions;
  for (const auto& [scope, count] : by_scope)
    out.sample(label_text({{"scope", scope}}), static_cast<double>(count));
  gauge("defenderd_scope_covered_subscriptions", "Subscriptions that only scopes declare.", true,
        static_cast<double>(coverage.covered));
  gauge("defenderd_scope_disagreements",
        "Subscriptions that are left as they are because two scopes disagree.", true,
        static_cast<double>(coverage.disagreed));
  out.family(
      "defenderd_subscriptions_left_scope", MetricKind::Gauge,
      "Subscriptions that left a scope within the last day and that nothing declares now: they "
      "no longer match it, accept no writes, or are no longer visible; they are left as they "
      "are.");
  const auto left = left_lately(coverage, now);
  for (const CoverageReason reason :
       {CoverageReason::LeftScope, CoverageReason::NotEnabled, CoverageReason::OutOfSight}) {
    out.sample(label_text({{"reason", to_text(reason)}}),
               static_cast<double>(left.at(static_cast<std::size_t>(reason))));
  }
  gauge("defenderd_discovery_last_successful",
        "1 if subscriptions were last listed successfully in every tenant. Absent before the first "
        "attempt.",
        coverage.last_good.has_value(), coverage.last_good.value_or(false) ? 1 : 0);
  gauge("defenderd_discovery_last_success_timestamp_seconds",
        "When subscriptions were last listed successfully in every tenant. Absent until then.",
        coverage.last_success.has_value(),
        coverage.last_success ? to_unix_seconds(*coverage.last_success) : 0);
}

}  // namespace defenderd
