#include "desired/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/with_count.h"

namespace defenderd {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

void Report::add(Place place, std::string path, std::string message) {
  if (full()) {
    ++left_out_;
    return;
  }
  problems_.push_back({file_, place.line, place.column, std::move(path), std::move(message)});
}

// Without the byte order mark that may start a file.
std::string_view Report::line_of(int line) {
  if (line_ == 0 || line < line_) {
    line_ = 1;
    from_line_ = text_;
    if (from_line_.starts_with(kByteOrderMark)) from_line_.remove_prefix(kByteOrderMark.size());
  }
  for (; line_ < line; ++line_) {
    const auto end = from_line_.find('\n');
    from_line_.remove_prefix(end == std::string_view::npos ? from_line_.size() : end + 1);
  }
  return from_line_.substr(0, from_line_.find('\n'));
}

int Report::character_column(Place place) {
  const std::string_view line = line_of(place.line);
  return static_cast<int>(
             count_characters(line.substr(0, static_cast<std::size_t>(place.column - 1)))) +
         1;
}

void Report::append_to(std::vector<Problem>& all) {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  for (Problem& problem : problems_) {
    if (all.size() >= kMaxProblems) {
      ++left_out_;
      continue;
    }
    if (problem.line > 0) problem.column = character_column({problem.line, problem.column});
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

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto last_break = before.rfind('\n');
  const std::size_t line_start = last_break == std::string_view::npos ? 0 : last_break + 1;
  return {static_cast<int>(lines) + 1, static_cast<int>(offset - line_start) + 1};
}

}  // namespace defenderd
