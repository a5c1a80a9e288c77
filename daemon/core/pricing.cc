#include "core/pricing.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace defenderd {

Tier parse_tier(std::string_view text) {
  if (iequals(text, "Free")) return Tier::Free;
  if (iequals(text, "Standard")) return Tier::Standard;
  return Tier::Other;
}

const Extension* Pricing::find(std::string_view extension) const {
  const auto found = std::find_if(extensions.begin(), extensions.end(),
                                  [&](const Extension& e) { return iequals(e.name, extension); });
  return found == extensions.end() ? nullptr : &*found;
}

Extension* Pricing::find(std::string_view extension) {
  return const_cast<Extension*>(
      std::as_const(*this).find(extension));  // NOLINT: the const twin's body
}

void drop_carried(Pricing& pricing) {
  pricing.extra_json.clear();
  for (Extension& extension : pricing.extensions) extension.extra_json.clear();
}

}  // namespace defenderd
