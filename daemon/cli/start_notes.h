#pragma once
// What would keep a daemon with these settings from starting, besides the text of the settings.

#include <vector>

#include "cli/check_notes.h"
#include "desired/problem.h"
#include "desired/settings.h"

namespace defenderd {

struct StartNotes {
  std::vector<Problem> problems = {};      // in the web configuration and the files it names
  std::vector<FileWarning> warnings = {};  // files that are not here, or cannot be read
};

// Reads the files that the settings name. One that is missing is a warning, because settings are
// also checked where they are edited, not only where defenderd runs. One that is bad is a problem.
[[nodiscard]] StartNotes start_notes(const Settings& settings);

}  // namespace defenderd
