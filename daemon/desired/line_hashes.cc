#include "desired/line_hashes.h"

#include <algorithm>
#include <functional>
#include <span>

#include "base/text.h"

namespace defenderd {
namespace {

// Longer ends are practically unique.
constexpr std::size_t kMostEndLines = 64;

// At a cut.
constexpr std::size_t kMostEditedLines = 8;

using Lines = std::span<const std::uint32_t>;

// How many lines before `end` equal the last lines of the text.
std::size_t same_as_the_end(Lines lines, std::size_t end) {
  std::size_t same = 0;
  while (same < end && same < kMostEndLines &&
         lines[end - 1 - same] == lines[lines.size() - 1 - same]) {
    ++same;
  }
  return same;
}

Lines end_of(Lines lines) {
  std::size_t count = 1;
  for (std::size_t end = 1; end < lines.size(); ++end) {
    count = std::max(count, same_as_the_end(lines, end) + 1);
  }
  return lines.last(std::min(count, lines.size()));
}

LineHashes::const_iterator find(const LineHashes& lines, Lines part) {
  return std::search(lines.begin(), lines.end(), part.begin(), part.end());
}

}  // namespace

LineHashes line_hashes(std::string_view text) {
  LineHashes lines;
  lines.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  std::size_t used = 0;
  for (std::size_t feed = text.find('\n'); feed != std::string_view::npos; feed = text.find('\n')) {
    const std::string_view line = text.substr(0, feed);
    lines.push_back(static_cast<std::uint32_t>(std::hash<std::string_view>()(line)));
    if (!trim(line).empty()) used = lines.size();
    text.remove_prefix(feed + 1);
  }
  lines.resize(used);
  return lines;
}

LineHashes unique_end(const LineHashes& lines) {
  const Lines end = end_of(lines);
  return {end.begin(), end.end()};
}

bool lacks_the_end_of(const LineHashes& text, const LineHashes& whole) {
  if (text.empty() || whole.empty()) return false;
  if (text.size() < whole.size() && std::equal(text.begin(), text.end(), whole.begin()))
    return true;
  if (find(text, end_of(whole)) != text.end()) return false;
  // Where `text` stops in `whole`; its last lines may have been edited.
  const Lines all(text);
  for (std::size_t edited = 0; edited <= kMostEditedLines && edited < all.size(); ++edited) {
    const Lines end = end_of(all.first(all.size() - edited));
    const auto found = find(whole, end);
    if (found == whole.end()) continue;
    if (std::search(found + 1, whole.end(), end.begin(), end.end()) != whole.end()) continue;
    const auto behind = static_cast<std::size_t>(whole.end() - found) - end.size();
    return behind > edited;
  }
  return false;
}

bool is_braced(std::string_view text) {
  text = trim(text);
  return text.starts_with('{') && text.ends_with('}');
}

bool lacks_line_end(std::string_view text) {
  return !text.empty() && text.back() != '\n' && !is_braced(text);
}

}  // namespace defenderd
