#pragma once
// The command line as a value: what the completion and the manual page say about it.

#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

struct OptionModel {
  std::vector<std::string> names = {};    // "-o", "--output"; empty for an argument by position
  std::string value = {};                 // "FILE"; "" for a flag. The name of an argument
  std::vector<std::string> choices = {};  // all values that it takes; empty: any
  std::string usual = {};                 // the default; "" is none
  std::string help = {};
  bool required = false;
  bool repeatable = false;

  [[nodiscard]] bool is_flag() const { return value.empty(); }
  [[nodiscard]] bool takes_path() const;  // the name of a file or a folder
};

struct CommandModel {
  std::string name;
  std::string help = {};
  std::string footer = {};  // examples and exit codes
  std::vector<OptionModel> options = {};
  std::vector<OptionModel> arguments = {};  // by position
};

// The program itself has only options before a command.
struct ProgramModel {
  CommandModel program;
  std::vector<CommandModel> commands = {};  // those that --help lists
};

[[nodiscard]] ProgramModel model_of(const CLI::App& app);

// The names of all commands, with blanks between them.
[[nodiscard]] std::string names_of(const std::vector<CommandModel>& commands);

}  // namespace defenderd
