#pragma once
// What is wrong with a command line, in plain words.

#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
class ParseError;
}  // namespace CLI

namespace defenderd {

using Words = std::vector<std::string_view>;

// What the program could not use of its arguments: "unknown option --conifg; did you mean
// --config?", and in a second line where to read more. `app` has parsed them until `error`. Only
// options, commands and typos of them are repeated: everything else may be a misplaced secret.
[[nodiscard]] std::string usage_error(const CLI::App& app, const CLI::ParseError& error,
                                      const Words& words);

// "unknown command dif; did you mean diff?"
[[nodiscard]] std::string unknown_command(const CLI::App& app, std::string_view word);

// The names of the commands that --help lists.
[[nodiscard]] std::vector<std::string> command_names(const CLI::App& app);

}  // namespace defenderd
