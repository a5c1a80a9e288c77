#include "telemetry/incident_metrics.h"

#include <array>

#include "core/reason.h"

namespace defenderd {

void write_incident_metrics(Exposition& out, const std::vector<Incident>& active) {
  std::array<double, kReasonCount> incidents{};
  std::array<double, kReasonCount> subscriptions{};
  for (const Incident& incident : active) {
    const auto reason = static_cast<std::size_t>(incident.cause.reason);
    ++incidents.at(reason);
    subscriptions.at(reason) += static_cast<double>(incident.subscriptions);
  }
  const auto write = [&](const std::array<double, kReasonCount>& values) {
    for (auto i = static_cast<std::size_t>(kFirstFailure); i < kReasonCount; ++i)
      out.sample(label_text({{"reason", to_text(static_cast<Reason>(i))}}), values.at(i));
  };
  out.family("defenderd_incident_active", MetricKind::Gauge,
             "Active incidents: one cause that makes more than ten subscriptions fail.");
  write(incidents);
  out.family(
      "defenderd_incident_subscriptions", MetricKind::Gauge,
      "Subscriptions that fail because of an incident; after a restart as before it, until those "
      "that failed were observed.");
  write(subscriptions);
}

}  // namespace defenderd
