#pragma once
// Checks of a text before it is parsed as YAML, because the parser accepts these errors or reports
// something else: encoding, control characters, line ends.

#include <optional>
#include <string>
#include <string_view>

#include "desired/report.h"

namespace defenderd {

struct TextProblem {
  Place place;
  std::string message;
};

// nullopt: the text can be parsed. A UTF-8 byte order mark at the start is fine.
[[nodiscard]] std::optional<TextProblem> check_text(std::string_view text);

}  // namespace defenderd
