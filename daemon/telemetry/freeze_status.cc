#include "telemetry/freeze_status.h"

#include <algorithm>
#include <map>

#include "base/list_text.h"
#include "base/scrub.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kLongestLabel = 128;

}  // namespace

std::string title_of(const Freeze& freeze) {
  return freeze.reason + (freeze.by.empty() ? "" : " (" + freeze.by + ")");
}

std::string describe_with_scope(const ActiveFreeze& active) {
  std::string text = describe(active);
  const std::string owners =
      joined(active.freeze->owners, [](const std::string& owner) { return outgoing_text(owner); });
  if (!owners.empty()) text += "; only for the subscriptions of " + owners;
  if (active.freeze->except_enable) text += "; protection may still be switched on";
  return text;
}

void write_freeze_metrics(Exposition& out, const std::vector<FreezeStatus>& freezes) {
  std::map<std::string, bool> by_reason;  // two may have one reason
  std::map<std::string, std::size_t> subscriptions;
  std::optional<WallTime> endless;
  for (const FreezeStatus& status : freezes) {
    bool& frozen = by_reason[outgoing_text(status.freeze.reason, kLongestLabel)];
    frozen = frozen || status.in_force;
    auto& concerned = subscriptions[outgoing_text(status.freeze.reason, kLongestLabel)];
    concerned = std::max(concerned, status.subscriptions);
    if (status.in_force && !status.ends && status.since && (!endless || *status.since < *endless))
      endless = status.since;
  }
  out.family("defenderd_writes_frozen", MetricKind::Gauge,
             "1 while a freeze with this reason is in force: nothing that it concerns is written.");
  for (const auto& [reason, frozen] : by_reason)
    out.sample(label_text({{"reason", reason}}), frozen ? 1 : 0);
  out.family("defenderd_freeze_subscriptions", MetricKind::Gauge,
             "Declared subscriptions that a freeze with this reason concerns, in force or not.");
  for (const auto& [reason, concerned] : subscriptions)
    out.sample(label_text({{"reason", reason}}), static_cast<double>(concerned));
  out.family("defenderd_endless_freeze_since_timestamp_seconds", MetricKind::Gauge,
             "Since when a freeze without an end has been in force. Absent if there is none.");
  if (endless) out.sample({}, to_unix_seconds(*endless));
}

}  // namespace defenderd
