#pragma once
// Compare: what differs between the declared and the observed. Pure.

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

  // The word of the YAML: "plan", "promptEvidence", ..., or the name of an extension that has none.
  [[nodiscard]] std::string text() const;
  // The same for metrics, where the set is closed: "other" for an extension without a word.
  [[nodiscard]] std::string_view label() const;

  auto operator<=>(const Field&) const = default;

 private:
  Field(PlanName plan, std::string name) : plan_(plan), extension_(std::move(name)) {}
  PlanName plan_;
  std::string extension_;  // "" for the plan itself
};

// What Field::label() can be.
[[nodiscard]] std::vector<std::string_view> field_labels();

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

// Whether a value is shown of each extension that is declared. ARM itself leaves out what a
// subscription does not have; a copy that does says nothing of it.
[[nodiscard]] bool shows_all(const DesiredSubscription& desired, const Pricing& observed);

// The plan first, then extensions by name. Empty means in sync. With the plan desired off its
// extensions are moot; with it on, extensions that the YAML does not name never drift unless
// unnamedExtensions is off.
[[nodiscard]] std::vector<Drift> diff(const DesiredSubscription& desired, const Pricing& observed);

// Which extensions a write names although no drift asks for it, and which it does not.
struct Naming {
  // Those that the service may offer, in addition to those that the catalogue has.
  std::vector<std::string> known = {};
  // Neither changed nor added: what ARM has refused, or what waits for a write of its own.
  std::vector<std::string> left_out = {};
};

// Observed with `drifts` put right and everything else as found: the state to write. Off is tier
// Free without extensions and sub-plan. Where the plan goes on, the service switches on by itself
// what the request does not name, so each extension whose value is declared is named: those of the
// YAML, and with unnamedExtensions off every known one. What no drift asks to be on is named off.
[[nodiscard]] Pricing with_changes(const DesiredSubscription& desired, const Pricing& observed,
                                   const std::vector<Drift>& drifts, const Naming& naming = {});

}  // namespace defenderd
