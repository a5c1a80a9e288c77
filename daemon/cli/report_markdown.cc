#include <algorithm>

#include "base/letters.h"
#include "cli/markdown_text.h"
#include "cli/report_document.h"

namespace defenderd {
namespace {

constexpr std::size_t kLongest = 4096;

// Letters, digits and what has no meaning in markdown, nor makes a link.
bool is_plain(char c) {
  return is_alphanumeric(c) || std::string_view(" -:,").find(c) != std::string_view::npos;
}

std::string cell(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  return markdown_code(text, kLongest);
}

template <class Cells>
std::string row_of(const Cells& cells) {
  std::string row = "|";
  for (const auto& each : cells) row += " " + std::string(each) + " |";
  return row + "\n";
}

std::string table_text(const ReportTable& table) {
  std::string text =
      "\n## " + std::string(table.title) + " (" + std::to_string(table.rows.size()) + ")\n\n";
  if (table.rows.empty()) return text + std::string(table.empty) + "\n";
  std::vector<std::string_view> titles;
  for (const ReportColumn& column : table.columns) titles.push_back(column.title);
  text += row_of(titles) + row_of(std::vector<std::string_view>(titles.size(), "---"));
  for (const std::vector<std::string>& row : table.rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells.push_back(cell(readable(row[i], table.columns[i].kind)));
    text += row_of(cells);
  }
  return text;
}

}  // namespace

std::string report_markdown(const ReportDocument& report) {
  std::string text = "# defenderd evidence report\n\n" +
                     row_of(std::vector<std::string_view>{"", ""}) +
                     row_of(std::vector<std::string_view>{"---", "---"});
  for (const ReportFact& fact : report.head)
    text += row_of(
        std::vector<std::string>{std::string(fact.title), cell(readable(fact.value, fact.kind))});
  if (!report.gaps.empty()) text += "\n## Not in this report\n\n";
  for (const std::string& gap : report.gaps) text += "- " + cell(gap) + "\n";
  for (const ReportTable& table : report.tables) text += table_text(table);
  return text;
}

}  // namespace defenderd
