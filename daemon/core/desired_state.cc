#include "core/desired_state.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/text.h"

namespace defenderd {

// There is one for each of ten thousand subscriptions: with the count of its holders it is to fit
// into 256 bytes, because the allocator gives 320 for anything larger.
static_assert(sizeof(DesiredSubscription) <= 240);

std::optional<bool> DesiredSubscription::extension(std::string_view extension_name) const {
  const auto found =
      std::find_if(extensions.begin(), extensions.end(),
                   [&](const DesiredExtension& e) { return iequals(e.name, extension_name); });
  if (found == extensions.end()) return std::nullopt;
  return found->on;
}

bool same_declaration(const DesiredSubscription& a, const DesiredSubscription& b) {
  const auto declared = [](const DesiredSubscription& d) {
    return std::tie(d.id, d.name, d.tenant, d.mode, d.plan, d.wave, d.extensions,
                    d.unnamed_extensions, d.suspend, d.accepted, d.interval, d.reason, d.owner,
                    d.other_owners);
  };
  return declared(a) == declared(b);
}

void share_equals(std::vector<Declaration>& fresh, const std::vector<Declaration>& held) {
  std::unordered_map<SubscriptionId, const Declaration*> by_id;
  const auto known = [&](SubscriptionId id, std::size_t likely) -> const Declaration* {
    if (likely < held.size() && held[likely]->id == id) return &held[likely];
    if (by_id.empty()) {
      by_id.reserve(held.size());
      for (const Declaration& declaration : held) by_id.emplace(declaration->id, &declaration);
    }
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : found->second;
  };
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const Declaration* const before = known(fresh[i]->id, i);
    if (before != nullptr && *before == fresh[i]) fresh[i] = *before;
  }
}

}  // namespace defenderd
