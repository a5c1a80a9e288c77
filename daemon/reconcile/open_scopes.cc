#include "reconcile/open_scopes.h"

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

// An open scope, and what it selects besides a management group.
class Candidate {
 public:
  explicit Candidate(const OpenScope& open) : open_(open), others_(open.scope) {
    others_.management_group.clear();
  }

  bool may_match(const DiscoveredSubscription& seen) {
    if (open_.listed && open_.scope.declares.tenant != seen.tenant) return false;
    if (!may_contain(seen)) return false;
    others_.declares.tenant = seen.tenant;  // it may be visible in the other tenant as well
    return matches(others_, seen);
  }

 private:
  // A management group contains subscriptions of its own tenant only, none that is delegated to it.
  [[nodiscard]] bool may_contain(const DiscoveredSubscription& seen) const {
    return open_.scope.management_group.empty() || !open_.tenant || !seen.home ||
           open_.tenant == seen.home;
  }

  const OpenScope& open_;
  Scope others_;
};

}  // namespace

// One subscription may be visible in several tenants, with other tags in each.
OpenScopes::OpenScopes(const std::vector<OpenScope>& open,
                       const std::vector<DiscoveredSubscription>& visible) {
  std::vector<Candidate> candidates(open.begin(), open.end());
  for (const DiscoveredSubscription& seen : visible) {
    visible_.insert(seen.id);
    if (std::any_of(candidates.begin(), candidates.end(),
                    [&](Candidate& candidate) { return candidate.may_match(seen); }))
      coverable_.insert(seen.id);
  }
  for (const OpenScope& one : open)
    if (!one.listed) unlisted_.push_back(one.scope.exclude);
}

bool OpenScopes::may_cover(SubscriptionId id) const {
  if (visible_.contains(id)) return coverable_.contains(id);
  return std::any_of(unlisted_.begin(), unlisted_.end(), [&](const auto& excluded) {
    return !std::binary_search(excluded.begin(), excluded.end(), id);
  });
}

}  // namespace defenderd
