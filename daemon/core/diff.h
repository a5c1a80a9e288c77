#pragma once
// Compare: what differs between the declared and the observed. Pure.

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/desired_state.h"
#include "core/pricing.h"

namespace defenderd {

// One thing that can drift: the plan itself, or one of its extensions.
class Field {
 public:
  [[nodiscard]] static Field plan() { return Field(""); }
  [[nodiscard]] static Field extension(std::string name) { return Field(std::move(name)); }

  [[nodiscard]] bool is_plan() const { return extension_.empty(); }
  [[nodiscard]] const std::string& extension_name() const { return extension_; }

  // The word of the YAML: "plan", "promptEvidence", ..., or the name of an extension that has none.
  [[nodiscard]] std::string text() const;
  // The same for metrics, where the set is closed: "other" for an extension without a word.
  [[nodiscard]] std::string_view label() const;

  auto operator<=>(const Field&) const = default;

 private:
  explicit Field(std::string name) : extension_(std::move(name)) {}
  std::string extension_;
};
inline constexpr std::array<std::string_view, 5> kFieldLabels{
    "plan", "promptEvidence", "purviewSharing", "modelScanner", "other"};

// The YAML's own words for the extensions that have one.
struct ExtensionWord {
  std::string_view yaml;
  std::string_view arm;
};
inline constexpr std::array<ExtensionWord, 3> kExtensionWords{{{"promptEvidence", kPromptEvidence},
                                                               {"purviewSharing", kPurviewSharing},
                                                               {"modelScanner", kModelScanner}}};

// One field in which observed differs from desired.
struct Drift {
  Field field;
  bool desired = false;
  std::string observed = {};  // "on", "off", or ARM's own text where it is neither
  bool operator==(const Drift&) const = default;
};

[[nodiscard]] std::string_view on_off(bool on);

// What is observed of a field, as text; an extension that ARM does not show is "off".
[[nodiscard]] std::string observed_text(const Pricing& observed, const Field& field);

// The plan first, then extensions by name. Empty means in sync. With the plan desired off its
// extensions are moot; with it on, extensions that the YAML does not name never drift unless
// unnamedExtensions is off.
[[nodiscard]] std::vector<Drift> diff(const DesiredSubscription& desired, const Pricing& observed);

// Observed with `drifts` put right and everything else as found: the state to write. Off is tier
// Free without extensions and sub-plan. Where the plan goes on, every extension that the YAML names
// is named, those that stay off too, so that the service does not choose for them.
[[nodiscard]] Pricing with_changes(const DesiredSubscription& desired, const Pricing& observed,
                                   const std::vector<Drift>& drifts);

}  // namespace defenderd
