#pragma once
// A Defender plan of one subscription as ARM shows it, and what may be written back.
//
// Source of the shapes: the specification of Microsoft.Security/pricings, api-version 2024-01-01.
// Its enums are open and its list of extensions is incomplete, so anything unknown is preserved and
// written back unchanged.

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

// The plan is on in tier Standard and off in tier Free. Other: a tier that this version does not
// know and therefore never overwrites.
enum class Tier { Free, Standard, Other };

[[nodiscard]] Tier parse_tier(std::string_view text);  // case-insensitive

// A named on/off feature of the plan.
struct Extension {
  std::string name;
  // ARM's isEnabled, the string "True" or "False". nullopt: any other value.
  std::optional<bool> enabled;
  std::string enabled_text = {};  // that other value
  // The other members as a JSON object (additionalExtensionProperties and unknown ones), "" if
  // none. Never operationStatus, which is about one PUT and is absent from the next GET.
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
  // It has more unknown members than defenderd preserves, so none are stored. It is never written,
  // because that would remove them.
  bool is_cut = false;

  // nullptr if ARM does not show it. Names are case-insensitive.
  [[nodiscard]] const Extension* find(std::string_view extension) const;
  [[nodiscard]] Extension* find(std::string_view extension);

  auto operator<=>(const Pricing&) const = default;
};

// Without preserved members: for a pricing that is never written back.
void drop_carried(Pricing& pricing);

// An extension whose operationStatus in the answer to a PUT was Failed. ARM still answers 200, and
// isEnabled may still be "True".
struct ExtensionFailure {
  std::string name;
  std::string message;
  bool operator==(const ExtensionFailure&) const = default;
};

}  // namespace defenderd
