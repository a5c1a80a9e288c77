#include "reconcile/known_extensions.h"

#include <algorithm>

#include "base/text.h"
#include "core/plan_catalog.h"

namespace defenderd {

void KnownExtensions::note(const Pricing& observed) {
  for (const Extension& extension : observed.extensions) {
    if (find_by_arm_name(kDeclaredPlan, extension.name) != nullptr) continue;
    const MutexLock lock(mutex_);
    const bool is_known = std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
      return iequals(name, extension.name);
    });
    if (!is_known && names_.size() < kMax) names_.push_back(extension.name);
  }
}

std::vector<std::string> KnownExtensions::names() const {
  const MutexLock lock(mutex_);
  return names_;
}

}  // namespace defenderd
