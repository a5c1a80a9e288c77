#include "telemetry/suspension_warnings.h"

#include <string>
#include <utility>

#include "base/time_text.h"
#include "core/subscription_text.h"
#include "telemetry/deadlines.h"

namespace defenderd {

void SuspensionWarnings::warn(const DesiredSubscription& desired, WallTime now, AlikeLines& alike,
                              LogLines& lines) {
  if (!desired.suspend) return;
  const Suspension& suspension = *desired.suspend;
  if (suspension.until <= now || suspension.until - now > kSuspensionEndsSoon) return;
  if (std::exchange(ends_[desired.id], suspension.until) == suspension.until) return;
  if (!alike.has_line(AlikeLines::Kind::SuspensionEnds, Reason::Suspended)) return;
  const std::string until = format_rfc3339(suspension.until);
  std::string message = name_and_id(desired.name, desired.id) + " suspension ends at " + until;
  if (!suspension.reason.empty()) message += " (" + suspension.reason + ")";
  message += desired.mode == Mode::Enforce ? "; drift is corrected after that"
                                           : "; mode observe applies after that";
  lines.add(LogLevel::Warn, log_event::kSuspensionEnds, message,
            {{log_key::kSubscriptionId, desired.id.text()},
             {log_key::kName, desired.name},
             {log_key::kUntil, until}});
}

void SuspensionWarnings::keep_only(const std::unordered_set<SubscriptionId>& declared) {
  std::erase_if(ends_, [&](const auto& entry) { return !declared.contains(entry.first); });
}

}  // namespace defenderd
