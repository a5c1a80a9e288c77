#pragma once
// Collects the problems of one file while it is read. Input positions are in bytes, like the
// parser's; output positions are in characters, like an editor's.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "desired/problem.h"

namespace defenderd {

// Beyond these problems are only counted: a hostile file must not create gigabytes of text.
inline constexpr std::size_t kMaxProblems = 1000;

// A position in a text: line and column are 1-based, the column counts bytes.
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
  // True if messages are no longer needed: add() will only count.
  [[nodiscard]] bool full() const { return problems_.size() == kMaxProblems; }
  [[nodiscard]] const std::string& file() const { return file_; }

  // The column in characters, for a message. Cheap if the places come in the order of the text.
  [[nodiscard]] int character_column(Place place);

  // Appends the problems of this file to `all`, in the order of the text; once `all` has
  // kMaxProblems, only their number.
  void append_to(std::vector<Problem>& all);

 private:
  std::string_view line_of(int line);

  std::string file_;
  std::string_view text_;
  int line_ = 0;                // that `from_line_` begins with; 0: none
  std::string_view from_line_;  // the rest of the text
  std::vector<Problem> problems_ = {};
  std::size_t left_out_ = 0;
};

// The number of characters.
[[nodiscard]] std::size_t count_characters(std::string_view text);

// The line and column of a byte of `text`.
[[nodiscard]] Place place_of(std::string_view text, std::size_t offset);

}  // namespace defenderd
