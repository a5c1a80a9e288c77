#include "core/ai_account.h"

#include <algorithm>

#include "base/text.h"

namespace defenderd {
namespace {

// "Indirect Attack", "indirect_attack" and "IndirectAttack" are one: examples of one and the same
// version of the specification spell them so.
std::string squeezed(std::string_view name) {
  std::string result = to_lower(name);
  std::erase_if(result, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return result;
}

// The second is misspelt in samples of Azure, and means the same: no filter at all.
bool is_no_filter(std::string_view policy) {
  return iequals(policy, "Microsoft.Nil") || iequals(policy, "Microsoft.Nill");
}

// What is paused or still being made serves no prompts.
bool runs(const ModelDeployment& deployment) {
  return (deployment.state.empty() || !iequals(deployment.state, "Paused")) &&
         (deployment.provisioning.empty() || iequals(deployment.provisioning, "Succeeded"));
}

}  // namespace

bool is_ai_kind(std::string_view kind) {
  return std::any_of(kAiKinds.begin(), kAiKinds.end(),
                     [&](std::string_view known) { return iequals(known, kind); });
}

std::string_view to_text(FilterVerdict verdict) {
  switch (verdict) {
    case FilterVerdict::Shielded:
      return "shielded";
    case FilterVerdict::AnnotateOnly:
      return "annotate_only";
    case FilterVerdict::OptedOut:
      return "opted_out";
    case FilterVerdict::Unknown:
      return "unknown";
    case FilterVerdict::NotApplicable:
      return "not_applicable";
  }
  return "unknown";
}

std::string_view to_text(AccountSwitch state) {
  switch (state) {
    case AccountSwitch::On:
      return "on";
    case AccountSwitch::Off:
      return "off";
    case AccountSwitch::Unknown:
      return "unknown";
  }
  return "unknown";
}

const ContentPolicy* find_policy(const std::vector<ContentPolicy>& policies,
                                 std::string_view name) {
  const auto found =
      std::find_if(policies.begin(), policies.end(),
                   [&](const ContentPolicy& policy) { return iequals(policy.name, name); });
  return found == policies.end() ? nullptr : &*found;
}

FilterVerdict judge(const ModelDeployment& deployment, const std::vector<ContentPolicy>& policies) {
  const bool is_read = iequals(deployment.format, "OpenAI") && deployment.chats.value_or(true);
  if (!is_read || !runs(deployment)) return FilterVerdict::NotApplicable;
  if (is_no_filter(deployment.policy)) return FilterVerdict::OptedOut;
  const ContentPolicy* const policy = find_policy(policies, deployment.policy);
  if (deployment.policy.empty() || policy == nullptr) return FilterVerdict::Unknown;
  FilterVerdict verdict = FilterVerdict::Unknown;
  for (const ContentFilter& filter : policy->filters) {
    if (squeezed(filter.name) != "jailbreak" || !iequals(filter.source, "Prompt")) continue;
    if (filter.enabled == true) {
      return filter.blocking == false ? FilterVerdict::AnnotateOnly : FilterVerdict::Shielded;
    }
    if (filter.enabled == false) verdict = FilterVerdict::OptedOut;
  }
  return verdict;
}

}  // namespace defenderd
