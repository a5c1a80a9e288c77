#include "core/desired_state.h"

#include <algorithm>

#include "base/text.h"

namespace defenderd {

std::optional<bool> DesiredSubscription::extension(std::string_view extension_name) const {
  const auto found =
      std::find_if(extensions.begin(), extensions.end(),
                   [&](const DesiredExtension& e) { return iequals(e.name, extension_name); });
  if (found == extensions.end()) return std::nullopt;
  return found->on;
}

}  // namespace defenderd
