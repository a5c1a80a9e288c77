#include "cli/completion.h"

namespace defenderd {
namespace {

std::string joined_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// "diff -o" and "diff --output", as patterns of one case.
std::string patterns(const CommandModel& command, const OptionModel& option) {
  std::string text;
  for (const std::string& name : option.names)
    text += (text.empty() ? "'" : " | '") + command.name + " " + name + "'";
  return text;
}

// What follows an option that takes a value.
std::string values_of(const CommandModel& command) {
  std::string text;
  std::string any;
  for (const OptionModel& option : command.options) {
    if (option.is_flag()) continue;
    if (option.takes_path()) {
      text += "    " + patterns(command, option) + ") files=yes ;;\n";
    } else if (!option.choices.empty()) {
      text += "    " + patterns(command, option) + ") words='" + joined_words(option.choices) +
              "' ;;\n";
    } else {
      any += (any.empty() ? "    " : " | ") + patterns(command, option);
    }
  }
  return text + (any.empty() ? "" : any + ") return ;;\n");
}

std::string words_of(const CommandModel& command) {
  std::string words;
  for (const OptionModel& argument : command.arguments)
    words += joined_words(argument.choices) + " ";
  for (const OptionModel& option : command.options) words += option.names.back() + " ";
  words.pop_back();
  return words;
}

}  // namespace

std::string bash_completion(const ProgramModel& model) {
  std::string values;
  std::string words;
  for (const CommandModel& command : model.commands) {
    values += values_of(command);
    words += "        " + command.name + ") words='" + words_of(command) + "' ;;\n";
  }
  std::string own = names_of(model.commands) + " " + words_of(model.program);
  return R"(# shellcheck shell=bash
# Completion of defenderd for bash, written by `defenderd completion bash`.

_defenderd() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' files='' words='' i
  # bash splits --option=value in three words.
  if [ "$current" = '=' ]; then
    current=''
  elif [ "$previous" = '=' ] && [ "$COMP_CWORD" -gt 2 ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      -*) ;;
      *)
        command=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
)" + values +
         R"(    *)
      case $command in
        '') words=')" +
         own + "' ;;\n" + words + R"(      esac
      ;;
  esac
  if [ -n "$files" ]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}

complete -o filenames -o bashdefault -F _defenderd defenderd
)";
}

}  // namespace defenderd
