#pragma once
// Texts within texts: what a percent-encoded, JSON-escaped or HTML-escaped text says, and where
// each of its letters comes from.

#include <cstddef>
#include <string>
#include <vector>

namespace defenderd {

struct DecodedText {
  std::string text;
  // Where each letter of `text` starts in the original, and the original's size. Empty until
  // something is decoded, while they are the same.
  std::vector<std::size_t> origin = {};

  [[nodiscard]] std::size_t origin_of(std::size_t at) const {
    return origin.empty() ? at : origin[at];
  }
};

// Removes one layer of escapes. False if there was none; then nothing has changed.
[[nodiscard]] bool decode_escapes(DecodedText& text);

}  // namespace defenderd
