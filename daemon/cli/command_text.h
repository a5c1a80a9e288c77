#pragma once
// Commands for people to type, as they work in a shell.

#include <string>
#include <string_view>

#include "cli/options.h"

namespace defenderd {

// The word as a shell reads it back: unchanged, or in single quotes.
[[nodiscard]] std::string shell_quoted(std::string_view word);

// "defenderd apply --config FILE --desired PATH", with the selection of this command line.
[[nodiscard]] std::string apply_command(const CommandLine& line);

}  // namespace defenderd
