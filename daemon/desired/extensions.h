#pragma once
// The extensions declared by one map of the desired state, by key and under `extensions:`.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/desired_state.h"
#include "desired/map_reader.h"

namespace defenderd {

inline constexpr std::size_t kMaxExtensions = 64;  // in one map
inline constexpr std::size_t kMaxExtensionNameSize = 128;

struct DeclaredExtension {
  DesiredExtension extension;
  YamlTree::Index value;       // its position
  std::string_view key;        // its key
  bool in_extensions = false;  // under `extensions:`
};

// Each name once; a duplicate is reported.
[[nodiscard]] std::vector<DeclaredExtension> read_extensions(const MapReader& map);

// Reports every extension that is on although `plan_off` says why the plan is off.
void refuse_on(const Value& entry, const std::vector<DeclaredExtension>& declared,
               std::string_view plan_off);

// `declared` on top of `defaults`, sorted by name ignoring case.
[[nodiscard]] std::vector<DesiredExtension> merge_extensions(
    const std::vector<DeclaredExtension>& defaults, const std::vector<DeclaredExtension>& declared);

}  // namespace defenderd
