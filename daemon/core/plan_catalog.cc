#include "core/plan_catalog.h"

#include <algorithm>

#include "base/text.h"

namespace defenderd {
namespace {

template <class Matches>
const ExtensionWord* find(PlanName plan, Matches matches) {
  const std::span<const ExtensionWord> words = entry_of(plan).extensions;
  const auto found = std::find_if(words.begin(), words.end(), matches);
  return found == words.end() ? nullptr : &*found;
}

}  // namespace

const ExtensionWord* find_by_arm_name(PlanName plan, std::string_view arm) {
  return find(plan, [&](const ExtensionWord& word) { return iequals(word.arm, arm); });
}

const ExtensionWord* find_by_word(PlanName plan, std::string_view yaml) {
  return find(plan, [&](const ExtensionWord& word) { return word.yaml == yaml; });
}

}  // namespace defenderd
