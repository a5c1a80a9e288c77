#pragma once
// Compare: the differences between declared and observed state. Pure.

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/desired_state.h"
#include "core/plan_catalog.h"
#include "core/pricing.h"

namespace defenderd {

// One thing that can drift: the plan itself, or one of its extensions.
class Field {
 public:
  [[nodiscard]] static Field plan(PlanName plan) { return {plan, ""}; }
  [[nodiscard]] static Field extension(PlanName plan, std::string name) {
    return {plan, std::move(name)};
  }
  // From what text() gives.
  [[nodiscard]] static Field parse(PlanName plan, const std::string& text);

  [[nodiscard]] PlanName plan_name() const { return plan_; }
  [[nodiscard]] bool is_plan() const { return extension_.empty(); }
  [[nodiscard]] const std::string& extension_name() const { return extension_; }

  // The key in the YAML: "plan", "promptEvidence", ..., or the name of an extension without a key.
  [[nodiscard]] std::string text() const;
  // The same for metrics, whose label set is fixed: "other" for an extension without a key.
  [[nodiscard]] std::string_view label() const;

  auto operator<=>(const Field&) const = default;

 private:
  Field(PlanName plan, std::string name) : plan_(plan), extension_(std::move(name)) {}
  PlanName plan_;
  std::string extension_;  // "" for the plan itself
};

inline constexpr std::string_view kOtherField = "other";  // the label of every such extension
// What Field::label() can be.
[[nodiscard]] std::vector<std::string_view> field_labels();

// One field in which observed differs from desired.
struct Drift {
  Field field;
  bool desired = false;
  std::string observed = {};  // "on", "off", or ARM's own text if it is neither
  bool operator==(const Drift&) const = default;
};

[[nodiscard]] std::string_view on_off(bool on);

// The observed value of a field, as text; an extension that ARM does not show is "off".
[[nodiscard]] std::string observed_text(const Pricing& observed, const Field& field);

// Whether every declared extension has an observed value. ARM itself omits what a subscription does
// not have; if a copy omits it, that proves nothing.
[[nodiscard]] bool shows_all(const DesiredSubscription& desired, const Pricing& observed);

// The plan first, then extensions by name. Empty means in sync. If the plan is desired off,
// extensions are ignored; if it is on, undeclared extensions only drift with unnamedExtensions off.
[[nodiscard]] std::vector<Drift> diff(const DesiredSubscription& desired, const Pricing& observed);

// Extensions that a write sets without a drift, and those that it leaves out.
struct Naming {
  // Those that the service may offer, in addition to those in the catalog.
  std::vector<std::string> known = {};
  // Neither changed nor added: rejected by ARM, or waiting for a separate write.
  std::vector<std::string> left_out = {};
};

// The state to write: observed, with `drifts` corrected and everything else unchanged. Off is tier
// Free without extensions and sub-plan. If the plan goes on, the service chooses the value of every
// extension that the request leaves out, so all declared ones are set: those of the YAML, and with
// unnamedExtensions off every known one. Those without a drift to on are set off.
[[nodiscard]] Pricing with_changes(const DesiredSubscription& desired, const Pricing& observed,
                                   const std::vector<Drift>& drifts, const Naming& naming = {});

}  // namespace defenderd
