#pragma once
// A cell of a table of text.

#include <cstddef>
#include <string>
#include <string_view>

namespace defenderd {

// Appends `text`, filled up to that many columns, and two blanks.
void pad(std::string& line, std::string_view text, std::size_t width);

// Of UTF-8: one per character.
[[nodiscard]] std::size_t columns(std::string_view text);

}  // namespace defenderd
