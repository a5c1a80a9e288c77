#include "cli/markdown_text.h"

#include <algorithm>

#include "base/letters.h"
#include "base/text.h"

namespace defenderd {
namespace {

// Characters that mean nothing within backticks, in a table.
bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x80U || is_alphanumeric(c) ||
         std::string_view(" -_.,:;/=+@#'").find(c) != std::string_view::npos;
}

}  // namespace

std::string markdown_code(std::string_view text, std::size_t max_bytes) {
  const std::string shown = printable(text, max_bytes);
  if (shown.empty()) return {};
  const bool has_blank_end = shown.front() == ' ' || shown.back() == ' ';
  if (!has_blank_end && std::all_of(shown.begin(), shown.end(), is_plain)) return "`" + shown + "`";
  // Backticks do not help against a pipe, which ends the cell, nor against backticks.
  std::string result = "<code>";
  for (const char c : shown) {
    if (c == ' ' || static_cast<unsigned char>(c) >= 0x80U || is_alphanumeric(c)) {
      result += c;
      continue;
    }
    // An address is a link even where its at sign is an entity, unless something is before it.
    if (c == '@') result += "<!-- -->";
    result += "&#" + std::to_string(static_cast<int>(c)) + ";";
  }
  return result + "</code>";
}

}  // namespace defenderd
