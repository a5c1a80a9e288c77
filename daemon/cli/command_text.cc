#include "cli/command_text.h"

#include <algorithm>

#include "base/letters.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

bool is_plain(char c) {
  constexpr std::string_view kPlain = "-_./:=@%+,";
  return is_alphanumeric(c) || kPlain.find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::string apply_command(const CommandLine& line) {
  std::string text = "defenderd apply";
  const auto add = [&](std::string_view option, std::string_view value) {
    text += " " + std::string(option) + " " + shell_quoted(value);
  };
  add("--config", line.config_path);
  add("--desired", line.desired_path);
  for (const std::string& only : line.selection.only) add("--only", only);
  for (const std::string& owner : line.selection.owners) add("--owner", owner);
  if (line.max) add("--max", std::to_string(*line.max));
  if (line.yes) text += " --yes";
  return outgoing_text(text);
}

}  // namespace defenderd
