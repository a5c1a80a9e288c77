#pragma once
// The Defender plan `AI` of one subscription as ARM shows it, and what may be written back.
//
// Source of the shapes: the specification of Microsoft.Security/pricings, api-version 2024-01-01.
// Its enums are open and its list of extensions is not complete, so whatever is not understood here
// is carried along and written back as it was found.

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

inline constexpr std::string_view kPromptEvidence = "AIPromptEvidence";
inline constexpr std::string_view kPurviewSharing = "AIPromptSharingWithPurview";
inline constexpr std::string_view kModelScanner = "AIModelScanner";

// The plan is on in tier Standard and off in tier Free. Other: a tier that this version does not
// know, which it therefore never writes over.
enum class Tier { Free, Standard, Other };

[[nodiscard]] Tier parse_tier(std::string_view text);  // in any case

// A named on/off feature of the plan.
struct Extension {
  std::string name;
  // ARM's isEnabled, the string "True" or "False". nullopt: it said something else.
  std::optional<bool> enabled;
  std::string enabled_text = {};  // what it said then
  // The other members as a JSON object (additionalExtensionProperties and unknown ones), "" if
  // none. Never operationStatus, which speaks of one PUT and is gone from the next GET.
  std::string extra_json = {};

  auto operator<=>(const Extension&) const = default;
};

struct Pricing {
  Tier tier = Tier::Free;
  std::string tier_text = "Free";  // as ARM wrote it
  std::optional<std::string> sub_plan = {};
  std::optional<std::string> enforce = {};
  std::vector<Extension> extensions = {};  // may be absent when Free: absent means off
  std::string extra_json = {};             // unknown writable members, as a JSON object; "" if none
  std::string coverage = {};               // resourcesCoverageStatus, for people
  std::string free_trial_remaining = {};   // ISO 8601 duration, for people
  // It has more unknown members than are carried along, so none are kept. Never written back: that
  // would take them away.
  bool is_cut = false;

  // nullptr when ARM does not show it. Names are compared without case.
  [[nodiscard]] const Extension* find(std::string_view extension) const;
  [[nodiscard]] Extension* find(std::string_view extension);

  auto operator<=>(const Pricing&) const = default;
};

// Without what is carried along: for one that is never written back.
void drop_carried(Pricing& pricing);

// An extension whose operationStatus in the answer to a PUT was Failed. ARM answers 200 all the
// same, and isEnabled may still read "True".
struct ExtensionFailure {
  std::string name;
  std::string message;
  bool operator==(const ExtensionFailure&) const = default;
};

}  // namespace defenderd
