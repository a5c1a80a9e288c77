#pragma once
// Says in plain words what the YAML parser says in its own, and finds what it does not see.

#include <cstddef>
#include <optional>
#include <string_view>

#include "desired/yaml_tree.h"

namespace defenderd {

// The quote that opens the scalar at byte `scalar` (properties before it are skipped), if nothing
// closes it: at the end of a file the parser takes that for granted.
[[nodiscard]] std::optional<YamlProblem> unclosed_quote(std::string_view text, std::size_t scalar);

// `original`: the parser's place and words. `last_scalar`: where the last scalar began that it had
// handed out.
[[nodiscard]] YamlProblem in_plain_words(std::string_view text, YamlProblem original,
                                         std::size_t last_scalar);

}  // namespace defenderd
