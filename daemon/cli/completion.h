#pragma once
// Scripts that make a shell complete the commands, their options, and what those take. Pure.

#include <string>

#include "cli/command_model.h"

namespace defenderd {

// For bash from 4.0, also without the package bash-completion.
[[nodiscard]] std::string bash_completion(const ProgramModel& model);
// For zsh: sourced after compinit, or as a file `_defenderd` in a folder of $fpath.
[[nodiscard]] std::string zsh_completion(const ProgramModel& model);
[[nodiscard]] std::string fish_completion(const ProgramModel& model);

}  // namespace defenderd
