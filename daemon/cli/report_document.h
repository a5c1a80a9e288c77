#pragma once
// A report as tables, before it has a format. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

enum class ReportKind {
  Text,
  Number,
  Seconds,  // a duration as a whole number
  Flag      // "yes" or "no"
};

struct ReportColumn {
  std::string_view key;    // in CSV and JSON
  std::string_view title;  // for people
  ReportKind kind = ReportKind::Text;
};

// One value of the head.
struct ReportFact {
  std::string_view key;
  std::string_view title;
  std::string value;
  ReportKind kind = ReportKind::Text;
};

// Cells are printable; "" is none, or not known.
struct ReportTable {
  std::string_view record;  // what a row is: "subscription"
  std::string_view key;     // in JSON: "subscriptions"
  std::string_view title;
  std::string_view empty;  // what it means to have no row
  std::vector<ReportColumn> columns;
  std::vector<std::vector<std::string>> rows = {};
};

struct ReportDocument {
  std::vector<ReportFact> head;
  std::vector<std::string> gaps = {};  // what the report does not have, and why
  std::vector<ReportTable> tables = {};
};

// A table for spreadsheets, by RFC 4180 in UTF-8 with a byte order mark: the first column says what
// a row is, and each kind of row uses its own columns. No cell can be a formula.
[[nodiscard]] std::string report_csv(const ReportDocument& report);
// For people, as it is and as GitHub and Azure DevOps show it.
[[nodiscard]] std::string report_markdown(const ReportDocument& report);
// One page without scripts and without resources of others, also for paper.
[[nodiscard]] std::string report_html(const ReportDocument& report);
// One object, which config/README.md documents.
[[nodiscard]] std::string report_json(const ReportDocument& report);

// What people read: a duration as "1h30m".
[[nodiscard]] std::string readable(const std::string& value, ReportKind kind);

}  // namespace defenderd
