#include "core/contested.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>

#include "base/text.h"
#include "base/time_text.h"
#include "core/moment.h"
#include "core/timing.h"

namespace defenderd {
namespace {

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return iequals(each, name); });
}

// Whether the policy may write the opposite of what is declared.
bool may_undo(const PolicyWriter& policy, const Drift& drift) {
  const bool switches_on = !drift.desired;
  if (drift.field.is_plan()) return switches_on;
  return contains(switches_on ? policy.switches_on : policy.can_switch_off,
                  drift.field.extension_name());
}

std::string opponents(const Drift& drift, const std::string& last_writer) {
  std::string policies;
  for (const PolicyWriter& policy : entry_of(drift.field.plan_name()).policies) {
    if (!may_undo(policy, drift)) continue;
    if (!policies.empty()) policies += " or ";
    policies.append("'").append(policy.name).append("' (").append(policy.id).append(")");
    if (!policy.initiative.empty())
      policies.append(", which the initiative ").append(policy.initiative).append(" assigns,");
  }
  std::string known = last_writer.empty() ? "" : "last " + last_writer;
  if (policies.empty())
    return known.empty() ? "a policy, a deployment, another tool or a person" : known;
  if (!known.empty()) known += "; ";
  if (!drift.desired) return known + "likely an assignment of the built-in policy " + policies;
  return known + "possibly an assignment of the built-in policy " + policies +
         " whose parameters set this extension off";
}

Duration longest_pause(const ContestedRule& rule) {
  return std::max<Duration>(kLongestPause, 2 * rule.interval);
}

}  // namespace

Duration ContestedRule::window() const {
  return std::max(within, (corrections + 1) * jittered(interval, jitter, 1.0));
}

void CorrectionHistory::corrected(SteadyTime now, const ContestedRule& rule) {
  corrections_.push_back(now);
  const auto kept = static_cast<std::size_t>(std::max(rule.corrections, 1));
  if (corrections_.size() > kept) {
    corrections_.erase(corrections_.begin(),
                       corrections_.end() - static_cast<std::ptrdiff_t>(kept));
  }
  if (contested_) ++fought_;
  active_at_ = now;
}

void CorrectionHistory::drifted(SteadyTime now, const ContestedRule& rule) {
  active_at_ = now;
  const auto needed = static_cast<std::size_t>(std::max(rule.corrections, 1));
  if (contested_ || corrections_.size() < needed) return;
  contested_ = now - corrections_[corrections_.size() - needed] <= rule.window();
}

SteadyTime CorrectionHistory::next_correction(const ContestedRule& rule) const {
  const Duration first = std::max<Duration>(kFirstPause, 2 * rule.interval);
  return corrections_.back() + doubled(first, fought_, longest_pause(rule));
}

bool CorrectionHistory::is_over(SteadyTime now, const ContestedRule& rule) const {
  return now - active_at_ >= rule.window();
}

RememberedCorrections CorrectionHistory::memory(SteadyTime now, WallTime wall) const {
  const Moment moment{now, wall};
  RememberedCorrections memory{{}, moment.wall_of(active_at_), fought_, contested_};
  for (const SteadyTime at : corrections_) memory.corrections.push_back(moment.wall_of(at));
  return memory;
}

CorrectionHistory CorrectionHistory::recalled(const RememberedCorrections& memory, WallTime saved,
                                              SteadyTime now, WallTime wall) {
  const Moment moment{now, std::max(wall, saved)};
  CorrectionHistory history;
  for (const WallTime at : memory.corrections) history.corrections_.push_back(moment.steady_of(at));
  history.active_at_ = moment.steady_of(memory.active_at);
  history.fought_ = memory.fought;
  history.contested_ = memory.contested && !memory.corrections.empty();
  return history;
}

std::string contested_message(const Drift& drift, const ContestedRule& rule,
                              WallTime next_correction, const std::string& last_writer) {
  const std::string field = drift.field.text();
  const Duration longest = longest_pause(rule);
  const std::string times =
      std::to_string(rule.corrections) + (rule.corrections == 1 ? " time" : " times");
  return field + " was corrected " + times + " within " +
         format_duration(std::chrono::ceil<std::chrono::seconds>(rule.window())) + " and is " +
         printable(drift.observed) + " again: something else writes it, " +
         opponents(drift, last_writer) + ". Exempt the subscription from it, or declare " + field +
         ": " + std::string(on_off(!drift.desired)) + ". The next correction is after " +
         format_rfc3339(next_correction) + ", then less often, at least " +
         (longest == kLongestPause ? "hourly" : "every " + format_duration(longest));
}

}  // namespace defenderd
