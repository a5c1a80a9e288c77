#include "cli/program_options.h"

#include <CLI/CLI.hpp>

#include "cli/option_parts.h"

namespace defenderd {

void add_help(CLI::App& app, CommandLine& line) {
  CLI::App* const help = app.add_subcommand("help", "print the help of a command");
  help->add_option("COMMAND", line.topic, "command to describe")->type_name("");
  help->footer("Example:\n  defenderd help apply  # the same as defenderd apply --help");
}

void add_completion(CLI::App& app, CommandLine& line) {
  CLI::App* const completion = app.add_subcommand(
      "completion", "print a script that makes a shell complete commands and options");
  CLI::Option* const shell = completion->add_option("SHELL", line.topic, "shell to complete in");
  shell->required()->type_name("");
  takes_one_of(*shell, {"bash", "zsh", "fish"});
  completion->footer(
      "Examples:\n  source <(defenderd completion bash)  # in ~/.bashrc; zsh: in ~/.zshrc\n"
      "  defenderd completion fish >~/.config/fish/completions/defenderd.fish");
}

void add_schema(CLI::App& app, CommandLine& line) {
  CLI::App* const schema =
      app.add_subcommand("schema", "print the JSON schema of a file, for editors");
  CLI::Option* const file = schema->add_option("FILE", line.topic, "file to describe");
  file->required()->type_name("");
  takes_one_of(*file, {"desired", "settings"});
  schema->footer(
      "Example:\n  defenderd schema desired >desired-state.schema.json\n"
      "With yaml-language-server, the first line of a desired state next to that file is\n"
      "  # yaml-language-server: $schema=desired-state.schema.json");
}

void add_man(CLI::App& app) {
  app.add_subcommand("man", "print the manual page defenderd(8)")->group("");
}

}  // namespace defenderd
