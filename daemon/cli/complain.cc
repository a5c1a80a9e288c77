#include "cli/complain.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "base/scrub.h"
#include "base/text.h"
#include "telemetry/outlet.h"

namespace defenderd {
namespace {

constexpr Duration kPatience = std::chrono::seconds(1);

}  // namespace

void print_error(std::string_view lines) {
  // As a whole: a key in a file has more than one line.
  const std::string scrubbed = outgoing_lines(lines);
  std::string text;
  for (std::string_view rest = scrubbed; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += printable(rest.substr(0, end), end) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  // Does not wait for a hanging reader: the log has what it misses.
  static_cast<void>(Outlet(STDERR_FILENO).write(text, kPatience));
}

void print_prompt(std::string_view question) {
  const std::string text = outgoing_text(question);
  static_cast<void>(Outlet(STDERR_FILENO).write(text, kPatience));
}

void complain(std::string_view message) {
  print_error("defenderd: " + std::string(message) + "\n");
}

int fail(int code, std::string_view message) {
  complain(message);
  return code;
}

}  // namespace defenderd
