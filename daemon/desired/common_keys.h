#pragma once
// The keys that defaults, entries and scopes of the desired state have in common.

#include <optional>
#include <string>
#include <vector>

#include "core/desired_state.h"
#include "desired/extensions.h"
#include "desired/map_reader.h"

namespace defenderd {

// The values in one map.
struct Common {
  std::optional<bool> plan = {};
  std::optional<Mode> mode = {};
  std::optional<UnnamedExtensions> unnamed = {};
  std::optional<Duration> interval = {};
  std::optional<TenantId> tenant = {};
  std::optional<int> wave = {};
  std::optional<std::string> owner = {};
  std::optional<std::vector<AcceptedFinding>> accepted = {};
  std::vector<DeclaredExtension> extensions = {};
  // Present, valid or not: an invalid value was reported and is not missing as well.
  bool says_plan = false;
  bool says_mode = false;
};
[[nodiscard]] Common read_common(const MapReader& map);

// What `map` declares, with `defaults`: all but id and name. Reports what is missing.
[[nodiscard]] DesiredSubscription read_declaration(const MapReader& map, const Value& entry,
                                                   const Common& defaults);

}  // namespace defenderd
