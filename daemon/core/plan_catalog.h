#pragma once
// What is specific to a Defender plan, in one table: its name in Azure Resource Manager (ARM), its
// extensions, who else writes it, and the cost of observing it. No other file contains the name of
// a plan or of an extension, so a second plan starts with a row here. Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace defenderd {

enum class PlanName : std::uint8_t { Ai };
// The plan that the keys of the YAML are about.
inline constexpr PlanName kDeclaredPlan = PlanName::Ai;

inline constexpr std::string_view kPromptEvidence = "AIPromptEvidence";
inline constexpr std::string_view kPurviewSharing = "AIPromptSharingWithPurview";
inline constexpr std::string_view kModelScanner = "AIModelScanner";
// The plan without which the model scanner does nothing: Defender CSPM.
inline constexpr std::string_view kScannersPlan = "CloudPosture";

// An extension with its own key in the YAML; others are listed under `extensions:`.
struct ExtensionWord {
  std::string_view yaml;
  std::string_view arm;
};

// A built-in Azure Policy that switches the plan on wherever it is assigned.
struct PolicyWriter {
  std::string_view name;
  std::string_view id;
  std::string_view initiative;                       // a built-in one that assigns it; "" for none
  std::span<const std::string_view> switches_on;     // extensions, by itself or with the plan
  std::span<const std::string_view> can_switch_off;  // extensions, where its parameters say so
};

struct PlanEntry {
  PlanName plan;
  std::string_view arm;  // the last part of .../Microsoft.Security/pricings/NAME
  std::span<const ExtensionWord> extensions;
  std::span<const PolicyWriter> policies;
  std::string_view cost;  // "it is ..."
  int reads;              // requests that it takes to read it from ARM for one subscription
};

namespace plan_catalog {

inline constexpr std::array<ExtensionWord, 3> kAiExtensions{{{"promptEvidence", kPromptEvidence},
                                                             {"purviewSharing", kPurviewSharing},
                                                             {"modelScanner", kModelScanner}}};
inline constexpr std::array kAiPolicyExtensions{kPromptEvidence, kPurviewSharing};
// Source: Azure/azure-policy, built-in-policies/policyDefinitions/Security Center. The first writes
// both extensions, on or off by its parameters; the second writes the plan alone, and Azure
// switches the extensions on with it.
inline constexpr std::array<PolicyWriter, 2> kAiPolicies{
    {{"Configure Microsoft Defender threat protection for AI Services",
      "359a48a3-351a-4618-bb32-f1628645694b",
      "'Configure Microsoft Defender for Cloud plans' (f08c57cd-dbd6-49a4-a85e-9ae77ac959b0)",
      kAiPolicyExtensions, kAiPolicyExtensions},
     {"Enable threat protection for AI workloads",
      "7e92882a-2f8a-4991-9bc4-d3147d40abb0",
      "",
      kAiPolicyExtensions,
      {}}}};

inline constexpr std::array<PlanEntry, 1> kPlans{
    // by PlanName
    {{PlanName::Ai, "AI", kAiExtensions, kAiPolicies,
      "billed by the tokens that it scans, after a free trial of 30 days or 75 billion tokens for "
      "each subscription",
      1}}};

}  // namespace plan_catalog

[[nodiscard]] constexpr const PlanEntry& entry_of(PlanName plan) {
  return plan_catalog::kPlans.at(static_cast<std::size_t>(plan));
}

// As ARM spells it.
[[nodiscard]] constexpr std::string_view to_text(PlanName plan) { return entry_of(plan).arm; }

// The YAML keys of the plan's extensions.
template <PlanName plan>
[[nodiscard]] constexpr auto extension_words() {
  constexpr std::span kExtensions = entry_of(plan).extensions;
  std::array<std::string_view, kExtensions.size()> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kExtensions[i].yaml;
  return words;
}

// nullptr for an extension without a key. ARM's names are case-insensitive.
[[nodiscard]] const ExtensionWord* find_by_arm_name(PlanName plan, std::string_view arm);
[[nodiscard]] const ExtensionWord* find_by_word(PlanName plan, std::string_view yaml);

}  // namespace defenderd
