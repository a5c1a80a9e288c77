#include "reconcile/known_extensions.h"

#include <algorithm>

#include "base/text.h"
#include "core/diff.h"

namespace defenderd {
namespace {

bool has_word(const Extension& extension) {
  return std::any_of(kExtensionWords.begin(), kExtensionWords.end(),
                     [&](const ExtensionWord& word) { return iequals(word.arm, extension.name); });
}

}  // namespace

void KnownExtensions::note(const Pricing& observed) {
  for (const Extension& extension : observed.extensions) {
    if (has_word(extension)) continue;
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
