#include "cli/command_model.h"

#include <CLI/CLI.hpp>

#include "base/list_text.h"

namespace defenderd {
namespace {

// "FORM:{table,json}" as takes_one_of() has made it.
std::vector<std::string> choices_in(std::string_view type) {
  std::vector<std::string> choices;
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}');
  if (begin == std::string_view::npos || end == std::string_view::npos) return choices;
  std::string_view list = type.substr(begin + 1, end - begin - 1);
  while (!list.empty()) choices.emplace_back(take_entry(list));
  return choices;
}

OptionModel model_of(const CLI::Option& option) {
  OptionModel model;
  for (const std::string& name : option.get_snames()) model.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) model.names.push_back("--" + name);
  model.help = option.get_description();
  model.required = option.get_required();
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() == 0) return model;  // a flag
  model.value = option.get_positional() ? option.get_name(true) : type.substr(0, type.find(':'));
  model.choices = choices_in(type);
  model.usual = option.get_default_str();
  model.repeatable = option.get_expected_max() > 1;
  return model;
}

CommandModel command_model(const CLI::App& app) {
  CommandModel model{app.get_name(), app.get_description(), app.get_footer()};
  for (const CLI::Option* option : app.get_options())
    (option->get_positional() ? model.arguments : model.options).push_back(model_of(*option));
  return model;
}

}  // namespace

bool OptionModel::takes_path() const {
  return choices.empty() && (value == "FILE" || value == "PATH");
}

ProgramModel model_of(const CLI::App& app) {
  ProgramModel model{command_model(app)};
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) model.commands.push_back(command_model(*command));
  }
  // The argument of `help`.
  const std::string names = names_of(model.commands);
  for (CommandModel& command : model.commands) {
    if (command.name != "help") continue;
    std::string_view rest = names;
    while (!rest.empty()) command.arguments.front().choices.emplace_back(take_entry(rest, ' '));
  }
  return model;
}

std::string names_of(const std::vector<CommandModel>& commands) {
  std::string names;
  for (const CommandModel& command : commands) names += (names.empty() ? "" : " ") + command.name;
  return names;
}

}  // namespace defenderd
