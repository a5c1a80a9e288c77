#include "cli/usage_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/credential_keys.h"
#include "base/letters.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kHidden = "(not shown)";

bool is_harmless(std::string_view word) {
  constexpr std::size_t kLongest = 32;
  return word.size() <= kLongest &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

bool is_option(std::string_view word) { return word.size() > 1 && word.starts_with("-"); }

std::string_view name_of(std::string_view option) { return option.substr(0, option.find('=')); }

bool names_secret(const Words& words) {
  return std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return is_option(word) && is_credential_key(name_of(word));
  });
}

void hide(std::string& message, std::string_view word) {
  for (std::size_t at = message.find(word); at != std::string::npos; at = message.find(word, at)) {
    const std::size_t end = at + word.size();
    const bool alone = (at == 0 || !is_alphanumeric(message[at - 1])) &&
                       (end == message.size() || !is_alphanumeric(message[end]));
    if (alone) message.replace(at, word.size(), kHidden);
    at += alone ? kHidden.size() : 1;
  }
}

// The parser's message about the command line, without the values that it repeats.
std::string without_values(std::string message, const Words& words) {
  Words values;
  for (const std::string_view word : words) {
    const std::string_view name = is_option(word) ? name_of(word) : std::string_view();
    if (!name.empty() && is_harmless(name)) {
      if (name.size() < word.size()) values.push_back(word.substr(name.size() + 1));
    } else if (names_secret(words) || !is_harmless(word)) {
      values.push_back(word);
    }
  }
  // Longest first: a shorter one may be a part of it.
  std::sort(values.begin(), values.end(),
            [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  for (const std::string_view value : values) {
    if (!value.empty()) hide(message, value);
  }
  return message;
}

std::string shown(std::string_view word, bool may_show) {
  return std::string(may_show && is_harmless(word) ? word : kHidden);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const Words candidates(known.begin(), known.end());
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? "" : "; did you mean " + std::string(near) + "?";
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first command that has the option; nullptr if none has.
const CLI::App* command_with(const CLI::App& app, std::string_view option) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (has(option_names(*command), option)) return command;
  }
  return nullptr;
}

std::string unknown_option(const CLI::App& app, const CLI::App* command, std::string_view word) {
  const std::string_view name = name_of(word);
  const std::vector<std::string> known = option_names(command == nullptr ? app : *command);
  if (command != nullptr && has(known, name))
    return "the option " + std::string(name) + " goes after the command " + command->get_name();
  if (const CLI::App* const other = command_with(app, name)) {
    return command == nullptr ? "the option " + std::string(name) +
                                    " goes after a command, such as " + other->get_name()
                              : command->get_name() + " has no option " + std::string(name);
  }
  std::vector<std::string> all = known;
  if (command == nullptr) {
    for (const CLI::App* each : app.get_subcommands({})) {
      for (std::string& option : option_names(*each)) all.push_back(std::move(option));
    }
  }
  return "unknown option " + shown(name, true) + did_you_mean(name, all);
}

// Perhaps an option without its hyphens.
std::string unexpected_word(const CLI::App& command, std::string_view word, const Words& words) {
  const std::string text = "unexpected argument " + shown(word, !names_secret(words));
  const std::vector<std::string> names = option_names(command);
  Words bare;
  for (const std::string& name : names) bare.push_back(std::string_view(name).substr(2));
  const std::string_view near = nearest(word, bare);
  return near.empty() ? text : text + "; did you mean --" + std::string(near) + "?";
}

// What the command line has and the program does not know.
std::string extra(const CLI::App& app, const CLI::App* command, const Words& words) {
  const std::vector<std::string> extras = app.remaining(true);
  const auto option = std::find_if(extras.begin(), extras.end(), is_option);
  if (option != extras.end()) return unknown_option(app, command, *option);
  if (command == nullptr || extras.empty()) return {};
  return unexpected_word(*command, extras.front(), words);
}

std::size_t times_given(const CLI::Option& option, const Words& words) {
  return static_cast<std::size_t>(
      std::count_if(words.begin(), words.end(), [&](std::string_view word) {
        if (!is_option(word)) return false;
        if (word.starts_with("--")) return option.check_lname(std::string(name_of(word).substr(2)));
        return option.check_sname(std::string(word.substr(1, 1)));
      }));
}

// "--config needs a value: --config FILE", or that it is given twice.
std::string wrong_number_of_values(const CLI::App* command, const std::string& message,
                                   const Words& words) {
  const std::string name = message.substr(0, message.find(':'));
  const CLI::Option* const option =
      command == nullptr ? nullptr : command->get_option_no_throw(name);
  if (option == nullptr) return message;
  if (times_given(*option, words) > 1) return name + " is given twice";
  const std::string type = option->get_type_name();
  return name + " needs a value: " + name + " " + type.substr(0, type.find(':'));
}

// "" if there is none.
std::string flag_with_value(const CLI::App* command, const Words& words) {
  for (const std::string_view word : words) {
    std::string name(name_of(word));
    if (command == nullptr || !word.starts_with("--") || name.size() == word.size()) continue;
    const CLI::Option* const option = command->get_option_no_throw(name);
    if (option != nullptr && option->get_items_expected_max() == 0) return name;
  }
  return {};
}

std::string what_is_wrong(const CLI::App& app, const CLI::App* command,
                          const CLI::ParseError& error, const Words& words) {
  std::string message = error.what();
  if (command == nullptr) {
    const auto word = std::find_if_not(words.begin(), words.end(), is_option);
    if (word != words.end() && word == words.begin()) return unknown_command(app, *word);
  }
  if (command == nullptr || dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::string text = extra(app, command, words);
    if (!text.empty()) return text;
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return wrong_number_of_values(command, message, words);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    const std::string name = flag_with_value(command, words);
    if (!name.empty()) return name + " takes no value";
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    constexpr std::string_view kBetween = " excludes ";
    const std::size_t at = message.find(kBetween);
    if (at != std::string::npos)
      return message.substr(0, at) + " cannot be used together with " +
             message.substr(at + kBetween.size());
  }
  return message;
}

}  // namespace

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::string unknown_command(const CLI::App& app, std::string_view word) {
  return "unknown command " + shown(word, true) + did_you_mean(word, command_names(app));
}

std::string usage_error(const CLI::App& app, const CLI::ParseError& error, const Words& words) {
  const auto chosen = app.get_subcommands();
  const CLI::App* const command = chosen.empty() ? nullptr : chosen.front();
  const std::string where =
      command == nullptr ? "defenderd --help" : "defenderd " + command->get_name() + " --help";
  return outgoing_text(without_values(what_is_wrong(app, command, error, words), words)) +
         "\nsee " + where;
}

}  // namespace defenderd
