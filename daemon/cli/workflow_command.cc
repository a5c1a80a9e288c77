#include "cli/workflow_command.h"

#include "base/scrub.h"

namespace defenderd {
namespace {

// As the toolkit of GitHub Actions does (packages/core/src/command.ts).
std::string escaped(std::string_view text, bool is_property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else if (is_property && c == ':') {
      result += "%3A";
    } else if (is_property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

void append_property(std::string& text, std::string_view name, const std::string& value) {
  text += (text.empty() ? " " : ",") + std::string(name) + "=" + escaped(value, true);
}

}  // namespace

std::string workflow_command(const Annotation& annotation) {
  std::string properties;
  // Relative to the repository, as GitHub names its files.
  std::string_view file = annotation.file;
  while (file.starts_with("./")) file.remove_prefix(2);
  if (!file.empty()) append_property(properties, "file", shown_path(file));
  if (annotation.line > 0) append_property(properties, "line", std::to_string(annotation.line));
  if (annotation.column > 0) append_property(properties, "col", std::to_string(annotation.column));
  return "::" + std::string(annotation.level) + properties +
         "::" + escaped(outgoing_text(annotation.message), false) + "\n";
}

}  // namespace defenderd
