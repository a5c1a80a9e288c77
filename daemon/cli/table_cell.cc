#include "cli/table_cell.h"

#include <algorithm>

namespace defenderd {

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned>(c) & 0xC0U) != 0x80U;
  }));
}

void pad(std::string& line, std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  line += text;
  line.append((used < width ? width - used : 0) + 2, ' ');
}

}  // namespace defenderd
