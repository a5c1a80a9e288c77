#pragma once
// Texts within texts: what a percent-encoded, JSON-escaped, HTML-escaped or hexadecimal text says,
// or one with characters that nobody sees, and where each of its letters comes from. Each function
// reads the text once.

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

// Removes what is not seen between letters: NUL, so that UTF-16 becomes ASCII, other control
// characters except line breaks and tabs, and characters without width. False if there was none.
[[nodiscard]] bool drop_invisible(DecodedText& text);

// What runs of hexadecimal digits may say that stand for eight bytes or more, each in lines of its
// own: "48756e74..." read from its first and from its second digit on, and groups of two or four
// digits with blanks, colons or dashes between them ("48:75:6e", "4875 6e74"). "" without any; no
// GUID is one.
[[nodiscard]] DecodedText bytes_of_hex(const DecodedText& text);

}  // namespace defenderd
