#pragma once
// What most subscriptions have in common, which an imported desired state declares once. Pure.

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/import_yaml.h"

namespace defenderd {

struct ImportDefaults {
  std::optional<bool> plan = {};
  std::map<std::string_view, bool> extensions = {};  // by their keys in the YAML
};

// What at least two have. An extension only if every entry whose plan is on has a value for it: the
// default would declare it for the others, too.
[[nodiscard]] ImportDefaults common_values(const std::vector<ImportedSubscription>& subscriptions);

}  // namespace defenderd
