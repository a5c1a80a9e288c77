#include <charconv>
#include <cstdint>

#include "base/json_writer.h"
#include "cli/report_document.h"

namespace defenderd {
namespace {

void write(JsonWriter& json, const std::string& value, ReportKind kind) {
  if (value.empty()) return json.null();
  if (kind == ReportKind::Text) return json.value(value);
  if (kind == ReportKind::Flag) return json.value(value == "yes");
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  json.value(number);
}

}  // namespace

std::string report_json(const ReportDocument& report) {
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", "defenderd/v1");
  json.member("kind", "Report");
  json.key("head");
  json.begin_object();
  for (const ReportFact& fact : report.head) {
    json.key(fact.key);
    write(json, fact.value, fact.kind);
  }
  json.end_object();
  json.key("gaps");
  json.begin_array();
  for (const std::string& gap : report.gaps) json.value(gap);
  json.end_array();
  for (const ReportTable& table : report.tables) {
    json.key(table.key);
    json.begin_array();
    for (const std::vector<std::string>& row : table.rows) {
      json.begin_object();
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        json.key(table.columns[i].key);
        write(json, row[i], table.columns[i].kind);
      }
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return json.take() + "\n";
}

}  // namespace defenderd
