#include "telemetry/coverage_metrics.h"

#include "base/time_text.h"

namespace defenderd {

void write_coverage_metrics(Exposition& out, const CoverageSnapshot& coverage) {
  const auto gauge = [&](std::string_view name, std::string_view help, bool known, double value) {
    out.family(name, MetricKind::Gauge, help);
    if (known) out.sample({}, value);
  };
  gauge("defenderd_subscriptions_undeclared",
        "Subscriptions that the identity sees and nothing keeps: no entry, no scope, no exclusion. "
        "Absent until known.",
        coverage.known, static_cast<double>(coverage.undeclared));
  gauge("defenderd_scopes", "Scopes that are declared.", true,
        static_cast<double>(coverage.scopes));
  gauge("defenderd_scope_covered_subscriptions", "Subscriptions that only scopes declare.", true,
        static_cast<double>(coverage.covered));
  gauge("defenderd_scope_disagreements",
        "Subscriptions that are left alone because two scopes want different things.", true,
        static_cast<double>(coverage.disagreed));
  gauge("defenderd_subscriptions_left_scope",
        "Subscriptions that a scope covered and that have left its reach: left alone since.", true,
        static_cast<double>(coverage.left));
  gauge(
      "defenderd_discovery_last_successful",
      "1 when the last look for subscriptions succeeded in every tenant. Absent before the first.",
      coverage.last_good.has_value(), coverage.last_good.value_or(false) ? 1 : 0);
  gauge("defenderd_discovery_last_success_timestamp_seconds",
        "When a look for subscriptions last succeeded in every tenant. Absent until then.",
        coverage.last_success.has_value(),
        coverage.last_success ? to_unix_seconds(*coverage.last_success) : 0);
}

}  // namespace defenderd
