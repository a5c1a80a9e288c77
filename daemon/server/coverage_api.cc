#include "server/coverage_api.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/time_text.h"
#include "server/board_json.h"
#include "server/page_json.h"
#include "server/parameters.h"

namespace defenderd {
namespace {

bool matches(const CoverageRow& row, std::string_view lower_part) {
  return lower_part.empty() || contains(row.name, lower_part) ||
         row.id.text().find(lower_part) != std::string::npos ||
         contains(to_text(row.reason), lower_part) || contains(row.state, lower_part);
}

// Rows that need no action come last, newest first in each kind.
auto rank(const CoverageRow& row) {
  const bool info_only =
      row.reason == CoverageReason::OutOfSight || row.reason == CoverageReason::NotEnabled;
  return std::tuple(info_only, -row.first_seen.time_since_epoch().count(), row.id);
}

void write_row(JsonWriter& json, const CoverageRow& row) {
  json.begin_object();
  json.member("id", row.id.text());
  json.member("name", row.name);
  json.member("tenantId", row.home ? std::optional(row.home->text()) : std::nullopt);
  json.member("state", row.state);
  json.member("reason", to_text(row.reason));
  json.member("message", row.message);
  json.member("firstSeen", format_rfc3339(row.first_seen));
  json.end_object();
}

}  // namespace

Response api_undeclared(const CoverageSnapshot& coverage, const Request& request) {
  const auto page = parse_page(request);
  if (!page) return error_response(400, request.path, page.error().message);
  const std::string part = to_lower(trim(request.param("q")));
  std::vector<const CoverageRow*> rows;
  for (const CoverageRow& row : coverage.rows) {
    if (matches(row, part)) rows.push_back(&row);
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
  JsonWriter json;
  json.begin_object();
  json.member("known", coverage.known);
  json.member("undeclared", coverage.undeclared);
  json.member("scopes", coverage.scopes);
  json.key("byScope");
  json.begin_array();
  for (const CoverageSnapshot::ScopeRow& row : coverage.by_scope) {
    json.begin_object();
    json.member("scope", row.scope);
    json.member("text", row.text);
    json.member("subscriptions", row.subscriptions);
    json.end_object();
  }
  json.end_array();
  json.member("covered", coverage.covered);
  json.member("disagreed", coverage.disagreed);
  json.member("left", coverage.left);
  json.member("lastSuccess", coverage.last_success
                                 ? std::optional(format_rfc3339(*coverage.last_success))
                                 : std::nullopt);
  json.member("error", coverage.error);
  write_page(json, coverage.rows.size(), rows, *page,
             [&](const CoverageRow* row) { write_row(json, *row); });
  json.end_object();
  return json_response(json);
}

}  // namespace defenderd
