#include "cli/import_defaults.h"

#include <algorithm>
#include <cstddef>

#include "core/plan_catalog.h"

namespace defenderd {
namespace {

// How often something is on and off.
struct Votes {
  std::size_t on = 0;
  std::size_t off = 0;
  void add(bool value) { ++(value ? on : off); }
  [[nodiscard]] bool winner() const { return on >= off; }
  [[nodiscard]] bool is_common() const { return std::max(on, off) > 1; }
};

}  // namespace

ImportDefaults common_values(const std::vector<ImportedSubscription>& subscriptions) {
  Votes plans;
  std::map<std::string_view, Votes> extensions;
  for (const ImportedSubscription& imported : subscriptions) {
    if (!imported.observed) continue;
    const bool plan = imported.observed->tier == Tier::Standard;
    plans.add(plan);
    if (!plan) continue;
    for (const ExtensionWord& word : entry_of(kDeclaredPlan).extensions) {
      const Extension* const shown = imported.observed->find(word.arm);
      if (shown != nullptr && shown->enabled) extensions[word.yaml].add(*shown->enabled);
    }
  }
  ImportDefaults defaults;
  if (plans.is_common()) defaults.plan = plans.winner();
  for (const auto& [key, votes] : extensions) {
    if (votes.is_common() && votes.on + votes.off == plans.on)
      defaults.extensions.emplace(key, votes.winner());
  }
  return defaults;
}

}  // namespace defenderd
