#include <string_view>

#include "cli/completion.h"

namespace defenderd {
namespace {

// Within single quotes of the shell.
std::string in_quotes(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += R"('\'')";
    } else {
      result += c;
    }
  }
  return result;
}

// Within a specification of _arguments or _describe, in which these have a meaning.
std::string escaped(const std::string& text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return in_quotes(result);
}

std::string action(const OptionModel& option) {
  if (option.takes_path()) return "_files";
  if (option.choices.empty()) return " ";
  std::string words;
  for (const std::string& word : option.choices) words += (words.empty() ? "" : " ") + word;
  return "(" + words + ")";
}

// '(-o --output)'{-o,--output}'[help]:FORM:(table json)'
std::string specification(const OptionModel& option) {
  const std::string value =
      option.is_flag() ? "" : ":" + escaped(option.value, "\\:") + ":" + action(option);
  const std::string tail = "[" + escaped(option.help, "\\[]") + "]" + value + "'";
  const std::string star = option.repeatable ? "*" : "";
  if (option.names.size() == 1) return "'" + star + option.names.front() + tail;
  std::string all;
  std::string listed;
  for (const std::string& name : option.names) {
    all += (all.empty() ? "" : " ") + name;
    listed += (listed.empty() ? "" : ",") + name;
  }
  return (option.repeatable ? "'*'" : "'(" + all + ")'") + "{" + listed + "}'" + tail;
}

std::string arguments_of(const CommandModel& command, const std::string& indent) {
  std::string text = "_arguments";
  for (const OptionModel& option : command.options)
    text += " \\\n" + indent + specification(option);
  for (const OptionModel& argument : command.arguments)
    text += " \\\n" + indent + "':" + escaped(argument.value, "\\:") + ":" + action(argument) + "'";
  return text;
}

}  // namespace

std::string zsh_completion(const ProgramModel& model) {
  std::string described;
  std::string cases;
  for (const CommandModel& command : model.commands) {
    described += "        '" + command.name + ":" + escaped(command.help, "\\:") + "'\n";
    cases += "        " + command.name + ")\n          " + arguments_of(command, "            ") +
             "\n          ;;\n";
  }
  std::string own;
  for (const OptionModel& option : model.program.options)
    own += "    " + specification(option) + " \\\n";
  return R"(#compdef defenderd
# Completion of defenderd for zsh, written by `defenderd completion zsh`.

_defenderd() {
  local curcontext="$curcontext" state state_descr line ret=1
  typeset -A opt_args
  _arguments -C \
)" + own +
         R"(    '1: :->command' \
    '*:: :->arguments' && ret=0
  case $state in
    command)
      local -a commands=(
)" + described +
         R"(      )
      _describe -t commands command commands && ret=0
      ;;
    arguments)
      case $words[1] in
)" + cases +
         R"(      esac && ret=0
      ;;
  esac
  return ret
}

# Run by the completion system, or sourced.
if [ "${funcstack[1]}" = _defenderd ]; then
  _defenderd "$@"
else
  compdef _defenderd defenderd
fi
)";
}

}  // namespace defenderd
