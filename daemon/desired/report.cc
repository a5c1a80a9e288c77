#include "desired/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/with_count.h"

namespace defenderd {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The number of characters before byte `column - 1` of the line, without the byte order mark that
// may start a file.
int character_column(std::string_view line, int column) {
  const auto bytes = std::min(static_cast<std::size_t>(column - 1), line.size());
  int characters = 1;
  for (const char c : line.substr(0, bytes)) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++characters;
  }
  return characters;
}

}  // namespace

void Report::add(Place place, std::string path, std::string message) {
  if (full()) {
    ++left_out_;
    return;
  }
  problems_.push_back({file_, place.line, place.column, std::move(path), std::move(message)});
}

void Report::append_to(std::vector<Problem>& all) {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  std::string_view rest = text_;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  int line = 1;
  for (Problem& problem : problems_) {
    if (all.size() >= kMaxProblems) {
      ++left_out_;
      continue;
    }
    for (; line < problem.line; ++line) {
      const auto end = rest.find('\n');
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (problem.line > 0) {
      problem.column = character_column(rest.substr(0, rest.find('\n')), problem.column);
    }
    all.push_back(std::move(problem));
  }
  if (left_out_ > 0) {
    all.push_back({.file = file_,
                   .message = "and " +
                              with_count(left_out_, "more problem that is not shown",
                                         "more problems that are not shown") +
                              ": correct these first",
                   .others = left_out_});
  }
  problems_.clear();
  left_out_ = 0;
}

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto last_break = before.rfind('\n');
  const std::size_t line_start = last_break == std::string_view::npos ? 0 : last_break + 1;
  return {static_cast<int>(lines) + 1, static_cast<int>(offset - line_start) + 1};
}

}  // namespace defenderd
