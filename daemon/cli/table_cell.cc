#include "cli/table_cell.h"

#include <algorithm>

namespace defenderd {
namespace {

bool continues(char c) { return (static_cast<unsigned>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

void pad(std::string& line, std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  line += text;
  line.append((used < width ? width - used : 0) + 2, ' ');
}

std::string cut(std::string_view text, std::size_t width) {
  constexpr std::string_view kMore = "...";
  if (columns(text) <= width) return std::string(text);
  const std::size_t kept = width > kMore.size() ? width - kMore.size() : 0;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && seen++ == kept) break;
  }
  return std::string(text.substr(0, end)) + std::string(kMore.substr(0, width));
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  constexpr std::size_t kLeast = 20;
  if (width < indent + kLeast) return std::string(text);
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t start = text.find_first_not_of(' ');
    // The blanks that begin a text are its own indent.
    const std::size_t end = std::min(text.find(' ', std::min(start, text.size())), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t needed = columns(word);
    if (used > 0 && used + needed > width) {
      const std::string_view bare = word.substr(std::min(start, word.size()));
      result += "\n" + std::string(indent, ' ') + std::string(bare);
      used = indent + columns(bare);
    } else {
      result += word;
      used += needed;
    }
    text.remove_prefix(end);
  }
  return result;
}

std::string paint(std::string_view text, std::string_view color, bool colors) {
  constexpr std::string_view kPlain = "\033[0m";
  if (!colors || color.empty()) return std::string(text);
  return std::string(color) + std::string(text) + std::string(kPlain);
}

}  // namespace defenderd
