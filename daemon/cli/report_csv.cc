#include <algorithm>

#include "cli/report_document.h"

namespace defenderd {
namespace {

// Spreadsheets take what begins with one of these for a formula.
constexpr std::string_view kFormula = "=+-@\t\r";
// What separates cells where a comma is the decimal mark, and rows, since the quotes of a cell do
// not count there.
constexpr std::string_view kOtherSeparators = ";\t\r\n";

// No part of the text that a spreadsheet may show as a cell begins as a formula does.
std::string without_formulas(std::string_view text) {
  std::string value;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = at == 0 || kOtherSeparators.find(text[at - 1]) != std::string_view::npos;
    if (begins) {
      const std::size_t first = at == 0 ? 0 : text.find_first_not_of("\" ", at);
      if (first != std::string_view::npos && kFormula.find(text[first]) != std::string_view::npos)
        value += '\'';
    }
    value += text[at];
  }
  return value;
}

std::string cell(const std::string& text) {
  std::string value = without_formulas(text);
  const bool is_plain = value.find_first_of("\",\r\n") == std::string::npos &&
                        (value.empty() || (value.front() != ' ' && value.back() != ' '));
  if (is_plain) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

class Csv {
 public:
  void add_column(std::string_view key) {
    if (std::find(columns_.begin(), columns_.end(), key) == columns_.end()) columns_.push_back(key);
  }
  void add_head() {
    std::string line;
    for (const std::string_view column : columns_)
      line += (line.empty() ? "" : ",") + std::string(column);
    text_ += line + "\r\n";
  }
  // A cell for each of `keys`.
  void add_row(const std::vector<std::string_view>& keys, const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto key = std::find(keys.begin(), keys.end(), columns_[i]);
      if (i > 0) line += ",";
      if (key != keys.end()) line += cell(cells[static_cast<std::size_t>(key - keys.begin())]);
    }
    text_ += line + "\r\n";
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::vector<std::string_view> columns_;
  std::string text_ = "\xEF\xBB\xBF";  // Excel reads it as UTF-8 only with this
};

}  // namespace

std::string report_csv(const ReportDocument& report) {
  const std::vector<std::string_view> of_head{"record", "fact", "value"};
  Csv csv;
  for (const std::string_view key : of_head) csv.add_column(key);
  for (const ReportTable& table : report.tables) {
    for (const ReportColumn& column : table.columns) csv.add_column(column.key);
  }
  csv.add_head();
  for (const ReportFact& fact : report.head)
    csv.add_row(of_head, {"report", std::string(fact.key), fact.value});
  for (const std::string& gap : report.gaps) csv.add_row(of_head, {"gap", "", gap});
  for (const ReportTable& table : report.tables) {
    std::vector<std::string_view> keys{"record"};
    for (const ReportColumn& column : table.columns) keys.push_back(column.key);
    for (const std::vector<std::string>& row : table.rows) {
      std::vector<std::string> cells{std::string(table.record)};
      cells.insert(cells.end(), row.begin(), row.end());
      csv.add_row(keys, cells);
    }
  }
  return csv.text();
}

}  // namespace defenderd
