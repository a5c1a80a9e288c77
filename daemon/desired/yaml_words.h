#pragma once
// Translates the YAML parser's messages to plain words, and finds problems that it misses.

#include <cstddef>
#include <optional>
#include <string_view>

#include "desired/yaml_tree.h"

namespace defenderd {

// The quote that opens the scalar at byte `scalar` (properties before it are skipped), if nothing
// closes it: at the end of a file the parser does not report that.
[[nodiscard]] std::optional<YamlProblem> unclosed_quote(std::string_view text, std::size_t scalar);

// `original`: the parser's position and message. `last_scalar`: the start of the last scalar that
// it had returned.
[[nodiscard]] YamlProblem in_plain_words(std::string_view text, YamlProblem original,
                                         std::size_t last_scalar);

// Adds what stands in the line of the problem, or above it, and only looks like a blank or a quote.
[[nodiscard]] YamlProblem with_odd_character(std::string_view text, YamlProblem problem);

}  // namespace defenderd
