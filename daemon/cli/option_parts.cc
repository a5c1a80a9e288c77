#include "cli/option_parts.h"

#include <CLI/CLI.hpp>

namespace defenderd {

void add_files(CLI::App& command, CommandLine& line) {
  command.add_option("--config", line.config_path, "the settings")
      ->capture_default_str()
      ->type_name("FILE")
      ->each([&line](const std::string&) { line.config_given = true; });
  command
      .add_option("--desired", line.desired_path,
                  "the desired state: a file, or a folder of *.yaml")
      ->capture_default_str()
      ->type_name("PATH")
      ->each([&line](const std::string&) { line.desired_given = true; });
}

void add_output(CLI::App& command, CommandLine& line, const std::string& what) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&line](const std::string& form) { line.as_json = form == "json"; }, what)
      ->check(CLI::IsMember({"table", "json"}))
      ->default_str("table")
      ->type_name("FORM");
}

void add_observe(CLI::App& command, CommandLine& line, const char* help) {
  command.add_flag_callback(
      "--observe", [&line] { line.permit = WritePermit::observing(); }, help);
}

}  // namespace defenderd
