#pragma once
// What `defenderd check` says about valid files. Pure.

#include <string>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "desired/settings.h"

namespace defenderd {

struct FileWarning {
  std::string source = {};  // "file:line"; "" if it is about no place in particular
  std::string message;
  bool operator==(const FileWarning&) const = default;
};
// "file:line: message"
[[nodiscard]] std::string format(const FileWarning& warning);

// One for each suspension that has expired, or expires within a day: where it is, whose, when.
[[nodiscard]] std::vector<FileWarning> suspension_notes(const DesiredState& desired, WallTime now);

// The same for accepted findings. What many entries have from their defaults is one warning.
[[nodiscard]] std::vector<FileWarning> acceptance_notes(const DesiredState& desired, WallTime now);

// Scopes that can cover nothing, and those that have no effect because of another one.
[[nodiscard]] std::vector<FileWarning> scope_notes(const DesiredState& desired);

// A timeout of requests that is shorter than ARM's own.
[[nodiscard]] std::vector<FileWarning> timeout_notes(const Settings& settings);

// What the declared plans cost; "" if the plan is on nowhere.
[[nodiscard]] std::string cost_note(const DesiredState& desired);

}  // namespace defenderd
