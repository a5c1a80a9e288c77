#include "telemetry/deadlines.h"

#include <algorithm>
#include <chrono>

#include "base/iso_duration.h"
#include "base/time_text.h"

namespace defenderd {

std::optional<WallTime> trial_end(const StatusRow& row) {
  if (!row.observed || row.observed->tier != Tier::Standard) return std::nullopt;
  const std::string& remaining = row.observed->free_trial_remaining;
  if (remaining.empty() || remaining == "PT0S") return std::nullopt;  // most of a fleet
  const auto left = parse_iso_duration(remaining);
  const auto observed = row.observed_directly ? row.observed_directly : row.observed_by_graph;
  if (!left || *left == Duration::zero() || !observed) return std::nullopt;
  return *observed + std::chrono::duration_cast<WallTime::duration>(*left);
}

void Deadlines::add(const StatusRow& row, WallTime now) {
  if (row.desired->suspend) {
    const Duration left = row.desired->suspend->until - now;
    if (left <= Duration::zero()) {
      ++suspensions.expired;
    } else {
      ++(left <= kSuspensionEndsSoon ? suspensions.ending : suspensions.active);
    }
  }
  const auto end = trial_end(row);
  if (!end || *end <= now) return;
  ++trials;
  if (*end - now <= kTrialEndsSoon) ++trials_ending;
  first_trial_end = std::min(first_trial_end.value_or(*end), *end);
}

void write_deadlines(Exposition& out, const Deadlines& deadlines) {
  const auto count = [&](std::string_view status, std::size_t value) {
    out.sample(label_text({{"status", status}}), static_cast<double>(value));
  };
  out.family("defenderd_suspensions", MetricKind::Gauge,
             "Declared suspensions: active, ending within a day, or expired and still declared.");
  count("active", deadlines.suspensions.active);
  count("ending", deadlines.suspensions.ending);
  count("expired", deadlines.suspensions.expired);
  out.family("defenderd_free_trials", MetricKind::Gauge,
             "Plans that are on and still free, by whether the trial ends within five days.");
  count("active", deadlines.trials - deadlines.trials_ending);
  count("ending", deadlines.trials_ending);
  out.family("defenderd_free_trial_first_end_timestamp_seconds", MetricKind::Gauge,
             "When the first of the free trials ends, from when on the plan is billed. Absent if "
             "there is none.");
  if (deadlines.first_trial_end) out.sample({}, to_unix_seconds(*deadlines.first_trial_end));
}

}  // namespace defenderd
