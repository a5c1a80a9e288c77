#pragma once
// Collects the problems of one file while it is read. Positions come in bytes, as the parser
// counts, and leave in characters, as editors count.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "desired/problem.h"

namespace defenderd {

// More than these are counted but not kept: a hostile file must not turn into gigabytes of text.
inline constexpr std::size_t kMaxProblems = 1000;

// A place in a text: line and column are 1-based, the column counts bytes.
struct Place {
  int line = 0;
  int column = 0;
};

class Report {
 public:
  // `text` must outlive the report.
  Report(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

  void add(Place place, std::string path, std::string message);

  [[nodiscard]] bool empty() const { return problems_.empty(); }
  // True when words are no longer worth their making: add() will only count.
  [[nodiscard]] bool full() const { return problems_.size() == kMaxProblems; }
  [[nodiscard]] const std::string& file() const { return file_; }

  // Moves the problems of this file behind `all`, in the order of the text; once `all` holds
  // kMaxProblems, only their number.
  void append_to(std::vector<Problem>& all);

 private:
  std::string file_;
  std::string_view text_;
  std::vector<Problem> problems_ = {};
  std::size_t left_out_ = 0;
};

// The line and column of a byte of `text`.
[[nodiscard]] Place place_of(std::string_view text, std::size_t offset);

}  // namespace defenderd
