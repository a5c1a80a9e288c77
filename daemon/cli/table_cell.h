#pragma once
// A cell of a table of text.

#include <cstddef>
#include <string>
#include <string_view>

namespace defenderd {

// How a report is laid out.
struct Layout {
  std::size_t width = 0;  // in columns; 0 is unlimited
  bool colors = false;    // for a terminal
};

// Appends `text`, filled up to that many columns, and two blanks.
void pad(std::string& line, std::string_view text, std::size_t width);

// Of UTF-8: one per character.
[[nodiscard]] std::size_t columns(std::string_view text);

// At most that many columns; what is longer ends with "...".
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

// Broken at blanks so that each line has at most that many columns; the following lines are
// indented. Unchanged if the width is 0 (unlimited) or leaves no room. A longer word stays whole.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

// How a terminal shows it.
inline constexpr std::string_view kGreen = "\033[32m";
inline constexpr std::string_view kYellow = "\033[33m";
inline constexpr std::string_view kRed = "\033[31m";
inline constexpr std::string_view kBold = "\033[1m";
// Unchanged without `colors` or with an empty color.
[[nodiscard]] std::string paint(std::string_view text, std::string_view color, bool colors);

}  // namespace defenderd
