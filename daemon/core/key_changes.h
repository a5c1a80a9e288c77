#pragma once
// What differs between two declarations, key by key, for whoever reviews an edit. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/desired_state.h"

namespace defenderd {

inline constexpr std::string_view kModeKey = "mode";
inline constexpr std::string_view kWaveKey = "wave";
inline constexpr std::string_view kExcludeKey = "exclude";  // of a scope; an item is an id

// A key of the YAML whose value changes. A list has one for each item that it gains or loses.
struct KeyChange {
  std::string key;                       // "plan", "promptEvidence", "suspend", "exclude"
  std::optional<std::string> from = {};  // nullopt: not declared
  std::optional<std::string> to = {};
  // It is off where it was not before: the plan, an extension, or those that are not named.
  bool switches_off = false;
  // The same switches, no longer declared: nothing corrects them.
  bool stops_correcting = false;
  bool operator==(const KeyChange&) const = default;
};

// In the order of the reference. nullptr stands for a declaration that does not exist: then every
// key of the other one is listed.
[[nodiscard]] std::vector<KeyChange> key_changes(const DesiredSubscription* before,
                                                 const DesiredSubscription* after);
// The same for scopes, without what they select.
[[nodiscard]] std::vector<KeyChange> key_changes(const Scope* before, const Scope* after);

}  // namespace defenderd
