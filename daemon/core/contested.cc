#include "core/contested.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// Azure's built-in policies that write this plan when they are assigned.
constexpr std::string_view kFullFeaturesPolicy =
    "'Configure Microsoft Defender threat protection for AI Services' "
    "(359a48a3-351a-4618-bb32-f1628645694b)";
constexpr std::string_view kPlanPolicy =
    "'Enable threat protection for AI workloads' (7e92882a-2f8a-4991-9bc4-d3147d40abb0)";

// The first writes the plan and two of its extensions, these in either direction by its parameters;
// the second switches the plan on, and with it what Azure adds to it.
std::string likely_opponents(const Drift& drift) {
  const std::string& extension = drift.field.extension_name();
  const bool by_full_features = drift.field.is_plan() || iequals(extension, kPromptEvidence) ||
                                iequals(extension, kPurviewSharing);
  const std::string full(kFullFeaturesPolicy);
  const std::string plan(kPlanPolicy);
  if (!drift.desired && by_full_features) {
    return "likely an assignment of the built-in policy " + full + " or " + plan;
  }
  if (drift.desired && by_full_features && !drift.field.is_plan()) {
    return "possibly an assignment of the built-in policy " + full +
           " whose parameters set this extension off";
  }
  return "a policy, a deployment, another tool or a person";
}

}  // namespace

void CorrectionHistory::corrected(SteadyTime now, const ContestedRule& rule) {
  corrections_.push_back(now);
  const auto kept = static_cast<std::size_t>(std::max(rule.corrections, 1));
  if (corrections_.size() > kept) {
    corrections_.erase(corrections_.begin(),
                       corrections_.end() - static_cast<std::ptrdiff_t>(kept));
  }
  if (contested_) ++fought_;
  unsettled_ = now;
}

void CorrectionHistory::drifted(SteadyTime now, const ContestedRule& rule) {
  unsettled_ = now;
  const auto needed = static_cast<std::size_t>(std::max(rule.corrections, 1));
  if (contested_ || corrections_.size() < needed) return;
  contested_ = now - corrections_[corrections_.size() - needed] <= rule.within;
}

SteadyTime CorrectionHistory::next_correction() const {
  Duration pause = kFirstPause;
  for (int i = 0; i < fought_ && pause < kLongestPause; ++i) pause *= 2;
  return corrections_.back() + std::min(pause, kLongestPause);
}

bool CorrectionHistory::settled(SteadyTime now, const ContestedRule& rule) const {
  return now - unsettled_ >= rule.within;
}

std::string contested_message(const Drift& drift, const ContestedRule& rule,
                              WallTime next_correction) {
  const std::string field = drift.field.text();
  const std::string times =
      std::to_string(rule.corrections) + (rule.corrections == 1 ? " time" : " times");
  return field + " was corrected " + times + " within " + format_duration(rule.within) +
         " and is " + printable(drift.observed) + " again: something else writes it, " +
         likely_opponents(drift) + ". Exempt the subscription from it, or declare " + field + ": " +
         std::string(on_off(!drift.desired)) + ". The next correction is after " +
         format_rfc3339(next_correction) + ", then less often, at least hourly";
}

}  // namespace defenderd
