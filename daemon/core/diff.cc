#include "core/diff.h"

#include <algorithm>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kPlanItself = "plan";

// Unlike an absent extension, one with an unknown value is neither on nor off.
std::optional<bool> observed_value(const Pricing& observed, std::string_view extension) {
  const Extension* const found = observed.find(extension);
  return found == nullptr ? false : found->enabled;
}

bool has_name(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& candidate) { return iequals(candidate, name); });
}

// The extensions whose value the service may not choose when the plan goes on.
std::vector<std::string> names_to_set(PlanName plan, const DesiredSubscription& desired,
                                      const Naming& naming) {
  std::vector<std::string> names;
  for (const DesiredExtension& extension : desired.extensions) names.push_back(extension.name);
  if (desired.unnamed_extensions == UnnamedExtensions::Leave) return names;
  for (const ExtensionWord& word : entry_of(plan).extensions) names.emplace_back(word.arm);
  names.insert(names.end(), naming.known.begin(), naming.known.end());
  return names;
}

}  // namespace

std::string Field::text() const {
  if (is_plan()) return std::string(kPlanItself);
  const ExtensionWord* const word = find_by_arm_name(plan_, extension_);
  return word == nullptr ? extension_ : std::string(word->yaml);
}

std::string_view Field::label() const {
  if (is_plan()) return kPlanItself;
  const ExtensionWord* const word = find_by_arm_name(plan_, extension_);
  return word == nullptr ? kOtherField : word->yaml;
}

Field Field::parse(PlanName plan, const std::string& text) {
  if (text == kPlanItself) return Field::plan(plan);
  const ExtensionWord* const word = find_by_word(plan, text);
  return extension(plan, word == nullptr ? text : std::string(word->arm));
}

std::vector<std::string_view> field_labels() {
  std::vector<std::string_view> labels{kPlanItself};
  for (const std::string_view word : extension_words<kDeclaredPlan>()) labels.push_back(word);
  labels.push_back(kOtherField);
  return labels;
}

std::string_view on_off(bool on) { return on ? "on" : "off"; }

std::string observed_text(const Pricing& observed, const Field& field) {
  if (field.is_plan()) {
    if (observed.tier == Tier::Other) return observed.tier_text;
    return std::string(on_off(observed.tier == Tier::Standard));
  }
  const auto value = observed_value(observed, field.extension_name());
  if (value) return std::string(on_off(*value));
  return observed.find(field.extension_name())->enabled_text;
}

bool shows_all(const DesiredSubscription& desired, const Pricing& observed) {
  return observed.tier != Tier::Standard ||
         std::all_of(desired.extensions.begin(), desired.extensions.end(),
                     [&](const DesiredExtension& extension) {
                       return observed.find(extension.name) != nullptr;
                     });
}

std::vector<Drift> diff(const DesiredSubscription& desired, const Pricing& observed) {
  std::vector<Drift> drifts;
  const auto compare = [&](Field field, bool wanted, bool same) {
    if (same) return;
    std::string found = observed_text(observed, field);
    drifts.push_back({std::move(field), wanted, std::move(found)});
  };
  compare(Field::plan(kDeclaredPlan), desired.plan,
          observed.tier == (desired.plan ? Tier::Standard : Tier::Free));
  if (!desired.plan) return drifts;
  for (const DesiredExtension& extension : desired.extensions) {
    compare(Field::extension(kDeclaredPlan, extension.name), extension.on,
            observed_value(observed, extension.name) == extension.on);
  }
  if (desired.unnamed_extensions == UnnamedExtensions::Off) {
    for (const Extension& extension : observed.extensions) {
      if (desired.extension(extension.name)) continue;
      compare(Field::extension(kDeclaredPlan, extension.name), false, extension.enabled == false);
    }
  }
  std::sort(drifts.begin(), drifts.end(),
            [](const Drift& a, const Drift& b) { return a.field < b.field; });
  return drifts;
}

Pricing with_changes(const DesiredSubscription& desired, const Pricing& observed,
                     const std::vector<Drift>& drifts, const Naming& naming) {
  Pricing result = observed;
  const auto set = [&](const std::string& name, bool on) {
    if (has_name(naming.left_out, name)) return;
    Extension* extension = result.find(name);
    if (extension == nullptr) {
      extension = &result.extensions.emplace_back();
      extension->name = name;
    }
    extension->enabled = on;
    extension->enabled_text.clear();
  };
  std::optional<PlanName> switched_on;
  for (const Drift& drift : drifts) {
    if (!drift.field.is_plan()) {
      set(drift.field.extension_name(), drift.desired);
      continue;
    }
    if (drift.desired) switched_on = drift.field.plan_name();
    result.tier = drift.desired ? Tier::Standard : Tier::Free;
    result.tier_text = drift.desired ? "Standard" : "Free";
  }
  if (switched_on) {
    for (const std::string& name : names_to_set(*switched_on, desired, naming)) {
      if (result.find(name) == nullptr) set(name, false);
    }
  }
  if (result.tier == Tier::Free) {
    result.extensions.clear();
    result.sub_plan.reset();
  }
  return result;
}

}  // namespace defenderd
