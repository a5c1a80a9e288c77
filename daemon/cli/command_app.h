#pragma once
// The commands and their options: what the parser, --help, the completion and the manual page are
// made from.

#include <memory>
#include <string_view>

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

// Fills `line`, which must outlive it, when it parses. Reads no environment.
[[nodiscard]] std::shared_ptr<CLI::App> make_app(CommandLine& line);

// Of a command's name as in the App.
[[nodiscard]] Command command_named(std::string_view name);

}  // namespace defenderd
