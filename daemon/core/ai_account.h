#pragma once
// What is observed of an AI account (Azure OpenAI, Azure AI services): its own Defender switch, and
// the content filter of each of its deployments. Pure.
//
// Source of the shapes: the specification of Microsoft.CognitiveServices, api-version 2024-10-01.
// All its lists and enums are open.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"

namespace defenderd {

// Who changed a resource last, as Azure shows it (systemData).
struct LastModified {
  std::string by = {};  // a person, or the id of an application; "" is unknown
  std::optional<WallTime> at = {};
  bool operator==(const LastModified&) const = default;
};

struct AiAccount {
  std::string id = {};  // as ARM wrote it
  std::string name = {};
  bool operator==(const AiAccount&) const = default;
};

// Only these kinds have deployments that matter. Compared without case.
[[nodiscard]] bool is_ai_kind(std::string_view kind);
inline constexpr std::array<std::string_view, 2> kAiKinds{"OpenAI", "AIServices"};

struct ContentFilter {
  std::string name = {};  // in many spellings
  std::string source = {};
  std::optional<bool> enabled = {};
  std::optional<bool> blocking = {};
  bool operator==(const ContentFilter&) const = default;
};

// accounts/raiPolicies
struct ContentPolicy {
  std::string name = {};
  std::vector<ContentFilter> filters = {};
  LastModified modified = {};
  bool operator==(const ContentPolicy&) const = default;
};

// accounts/deployments
struct ModelDeployment {
  std::string name = {};
  std::string model = {};   // "gpt-4.1"
  std::string format = {};  // who made the model: "OpenAI", "DeepSeek"
  std::string policy = {};  // raiPolicyName; "" if none is shown
  std::string provisioning = {};
  std::string state = {};       // deploymentState
  std::optional<bool> chats{};  // whether it takes text; nullopt: it does not say
  LastModified modified = {};
  bool operator==(const ModelDeployment&) const = default;
};

// What a deployment's content filter means for Defender's jailbreak alerts.
enum class FilterVerdict : std::uint8_t {
  Shielded,      // jailbreak attempts are detected and blocked
  AnnotateOnly,  // detected and not blocked: as good for alerts
  OptedOut,      // not detected: the alerts are lost for this deployment
  Unknown,       // its policy does not say, or is not known
  NotApplicable  // Defender does not read this model, or the deployment does not run
};
inline constexpr std::array kAllFilterVerdicts{FilterVerdict::Shielded, FilterVerdict::AnnotateOnly,
                                               FilterVerdict::OptedOut, FilterVerdict::Unknown,
                                               FilterVerdict::NotApplicable};
[[nodiscard]] std::string_view to_text(FilterVerdict verdict);  // "opted_out"

// nullptr if there is none of that name; names are case-insensitive.
[[nodiscard]] const ContentPolicy* find_policy(const std::vector<ContentPolicy>& policies,
                                               std::string_view name);

// The same verdict as the built-in policy "allowed prompt content filtering" (f3a9c2e0) for the
// filter Jailbreak: a policy must have an entry of that name for prompts that is enabled.
[[nodiscard]] FilterVerdict judge(const ModelDeployment& deployment,
                                  const std::vector<ContentPolicy>& policies);

// defenderForAISettings/Default
enum class AccountSwitch : std::uint8_t { On, Off, Unknown };
[[nodiscard]] std::string_view to_text(AccountSwitch state);  // "on"

struct InspectedDeployment {
  std::string name = {};
  std::string model = {};
  std::string policy = {};
  FilterVerdict verdict = FilterVerdict::Unknown;
  LastModified modified = {};  // of what opted out
  bool operator==(const InspectedDeployment&) const = default;
};

struct InspectedAccount {
  AiAccount account = {};
  AccountSwitch defender = AccountSwitch::Unknown;
  LastModified switched = {};
  std::vector<InspectedDeployment> deployments = {};
  std::string denied = {};  // the action that the identity lacks to see all of it; "" for none
  bool operator==(const InspectedAccount&) const = default;
};

// A subscription's accounts, as inspected at `at`.
struct Inspection {
  WallTime at = {};
  std::vector<InspectedAccount> accounts = {};
  std::optional<bool> plan_on = {};     // of an unmanaged one; managed ones have a status
  std::optional<bool> posture_on = {};  // plan CloudPosture, where it matters
  bool operator==(const Inspection&) const = default;
};

}  // namespace defenderd
