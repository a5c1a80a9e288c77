#pragma once
// What must be right about a text before it is parsed as YAML, because the parser lets it pass or
// speaks of something else: encoding, control characters, line ends.

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
