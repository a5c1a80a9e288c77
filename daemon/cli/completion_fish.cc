#include "cli/completion.h"

namespace defenderd {
namespace {

// In single quotes of fish, in which only these two are escaped.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string choices_of(const OptionModel& option) {
  std::string words;
  for (const std::string& word : option.choices) words += (words.empty() ? "" : " ") + word;
  return words;
}

// -s o -l output -x -a 'table json' -d 'help'
std::string option_line(const OptionModel& option) {
  std::string text;
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.takes_path()) {
    text += " -r -F";
  } else if (!option.is_flag()) {
    text += " -x";
    if (!option.choices.empty()) text += " -a " + quoted(choices_of(option));
  }
  return text + " -d " + quoted(option.help) + "\n";
}

}  // namespace

std::string fish_completion(const ProgramModel& model) {
  const std::string complete = "complete -c defenderd";
  std::string text =
      "# Completion of defenderd for fish, written by `defenderd completion fish`.\n\n" + complete +
      " -f\n";
  for (const OptionModel& option : model.program.options)
    text += complete + " -n __fish_use_subcommand" + option_line(option);
  for (const CommandModel& command : model.commands) {
    text += "\n" + complete + " -n __fish_use_subcommand -a " + command.name + " -d " +
            quoted(command.help) + "\n";
    const std::string after =
        complete + " -n " + quoted("__fish_seen_subcommand_from " + command.name);
    for (const OptionModel& argument : command.arguments)
      text += after + " -a " + quoted(choices_of(argument)) + " -d " + quoted(argument.help) + "\n";
    for (const OptionModel& option : command.options) text += after + option_line(option);
  }
  return text;
}

}  // namespace defenderd
