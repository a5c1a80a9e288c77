#include <algorithm>
#include <string>
#include <string_view>

#include "cli/report_document.h"

namespace defenderd {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>defenderd evidence report</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { border: 1px solid #b8b8b8; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
thead th { background: #eee; }
.no { background: #fbe3e0; }
.gaps { border-left: 4px solid #b3261e; padding-left: 1rem; }
.wide { overflow-x: auto; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  body { margin: 0; font-size: 9px; }
  .wide { overflow: visible; }
  table { font-size: 7px; width: 100%; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
</style>
</head>
<body>
<h1>defenderd evidence report</h1>
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (c == '\'') {
      result += "&#39;";
    } else {
      result += c;
    }
  }
  return result;
}

// Ids, resources and hashes may be broken, so that a table fits on a sheet; words may not.
std::string cell_text(std::string_view text) {
  constexpr std::size_t kLongWord = 22;
  constexpr std::size_t kPiece = 9;
  std::string result;
  std::size_t begin = 0;  // of the piece
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    for (std::size_t i = at; end - at > kLongWord && i < end; ++i) {
      const bool begins_character = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
      if (i < begin + kPiece || !begins_character) continue;
      result += escaped(text.substr(begin, i - begin)) + "<wbr>";
      begin = i;
    }
    at = std::min(end + 1, text.size());
    result += escaped(text.substr(begin, at - begin));
    begin = at;
  }
  return result;
}

std::string table_text(const ReportTable& table) {
  std::string text =
      "<h2>" + escaped(table.title) + " (" + std::to_string(table.rows.size()) + ")</h2>\n";
  if (table.rows.empty()) return text + "<p>" + escaped(table.empty) + "</p>\n";
  text += "<div class=\"wide\"><table>\n<thead><tr>";
  for (const ReportColumn& column : table.columns)
    text += "<th scope=\"col\">" + escaped(column.title) + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      // Only of a subscription: a "no" elsewhere is no fault.
      const bool differs = table.columns[i].key == "asDeclared" && row[i] != "yes";
      text += (differs ? "<td class=\"no\">" : "<td>") +
              cell_text(readable(row[i], table.columns[i].kind)) + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table></div>\n";
}

}  // namespace

std::string report_html(const ReportDocument& report) {
  std::string text(kHead);
  text += "<table>\n<tbody>\n";
  for (const ReportFact& fact : report.head)
    text += "<tr><th scope=\"row\">" + escaped(fact.title) + "</th><td>" +
            cell_text(readable(fact.value, fact.kind)) + "</td></tr>\n";
  text += "</tbody>\n</table>\n";
  if (!report.gaps.empty()) {
    text += "<div class=\"gaps\"><h2>Not in this report</h2>\n<ul>\n";
    for (const std::string& gap : report.gaps) text += "<li>" + escaped(gap) + "</li>\n";
    text += "</ul></div>\n";
  }
  for (const ReportTable& table : report.tables) text += table_text(table);
  return text + "</body>\n</html>\n";
}

}  // namespace defenderd
