#include "cli/option_parts.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "base/text.h"

namespace defenderd {
namespace {

// "table, json or github"
std::string alternatives(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

// A script's variable may be unset.
CLI::Validator a_path() {
  return {[](const std::string& found) {
            return found.empty() ? std::string("expected a path, found nothing") : std::string();
          },
          ""};
}

}  // namespace

void takes_one_of(CLI::Option& option, const std::vector<std::string>& words) {
  const auto check = [words](const std::string& found) {
    if (std::find(words.begin(), words.end(), found) != words.end()) return std::string();
    const std::vector<std::string_view> candidates(words.begin(), words.end());
    const std::string_view near = nearest(found, candidates);
    // Where the value may be a secret, usage_error.h hides it.
    return "expected " + alternatives(words) + ", found " + (found.empty() ? "nothing" : found) +
           (near.empty() ? "" : "; did you mean " + std::string(near) + "?");
  };
  std::string listed;
  for (const std::string& word : words) listed += (listed.empty() ? "{" : ",") + word;
  option.check(CLI::Validator(check, listed + "}"));
}

void takes_number(CLI::Option& option, std::size_t least, std::size_t most) {
  option.check([least, most](const std::string& found) {
    std::size_t number = 0;
    const char* const end = found.data() + found.size();
    const auto [rest, error] = std::from_chars(found.data(), end, number);
    if (error == std::errc() && rest == end && number >= least && number <= most)
      return std::string();
    return "expected a number from " + std::to_string(least) + " to " + std::to_string(most);
  });
}

void add_config(CLI::App& command, CommandLine& line, const std::string& what) {
  command.add_option("-c,--config", line.config_path, what + " [$DEFENDERD_CONFIG]")
      ->default_str(kUsualConfig)
      ->type_name("FILE")
      ->check(a_path())
      ->each([&line](const std::string&) { line.config_given = true; });
}

void add_files(CLI::App& command, CommandLine& line) {
  add_config(command, line);
  command
      .add_option("-d,--desired", line.desired_path,
                  "the desired state: a file, or a folder of *.yaml [$DEFENDERD_DESIRED]")
      ->default_str(kUsualDesired)
      ->type_name("PATH")
      ->check(a_path())
      ->each([&line](const std::string&) { line.desired_given = true; });
}

void add_output(CLI::App& command, CommandLine& line, const std::string& what) {
  CLI::Option* const output = command.add_option_function<std::string>(
      "-o,--output", [&line](const std::string& form) { line.as_json = form == "json"; }, what);
  output->default_str("table")->type_name("FORM");
  takes_one_of(*output, {"table", "json"});
}

void add_output_file(CLI::App& command, CommandLine& line) {
  command
      .add_option_function<std::string>(
          "-o,--output",
          [&line](const std::string& file) { line.output_file = file == "-" ? "" : file; },
          "write to FILE, which must not exist (default: -, standard output)")
      ->type_name("FILE");
}

void add_observe(CLI::App& command, CommandLine& line, const char* help) {
  command.add_flag_callback(
      "--observe", [&line] { line.permit = WritePermit::observing(); }, help);
}

}  // namespace defenderd
