#include "armsim/subscription.h"

#include <algorithm>

#include "base/text.h"

namespace armsim {

const Extension* Plan::find(const std::string& name) const {
  const auto found = std::find_if(
      extensions.begin(), extensions.end(),
      [&](const Extension& extension) { return defenderd::iequals(extension.name, name); });
  return found == extensions.end() ? nullptr : &*found;
}

void Plan::set(const std::string& name, bool enabled) {
  for (Extension& extension : extensions) {
    if (!defenderd::iequals(extension.name, name)) continue;
    extension.enabled = enabled;
    extension.shown.clear();
    return;
  }
  extensions.push_back({name, enabled, "", ""});
}

bool Plan::has_on(const std::string& name) const {
  const Extension* const extension = find(name);
  return on && extension != nullptr && extension->enabled;
}

}  // namespace armsim
