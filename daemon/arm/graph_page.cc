#include "arm/graph_page.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr JsonLimits kLimits{.bytes = 8UL << 20U, .values = 50'000};

// A number of rows; nullopt for anything else.
std::optional<std::uint64_t> count_of(const JsonValue& value) {
  const auto number = value.integer();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

// The specification has the texts "true" and "false".
std::optional<bool> flag_of(const JsonValue& value) {
  if (value.text()) return iequals(*value.text(), "true");
  return value.boolean();
}

}  // namespace

Result<GraphPage> read_graph_page(std::string_view body, const GraphRow& take) {
  const auto document = JsonDocument::parse(body, kLimits);
  if (!document) return Unexpected(document.error());
  const JsonValue answer = document->root();
  const auto count = count_of(answer.member("count"));
  const auto total = count_of(answer.member("totalRecords"));
  const auto truncated = flag_of(answer.member("resultTruncated"));
  // A list of objects. A table, which was not requested, is an error.
  const JsonValue data = answer.member("data");
  const std::vector<JsonValue> rows = data.items();
  const bool are_objects =
      std::all_of(rows.begin(), rows.end(), [](const JsonValue& row) { return row.is_object(); });
  if (!count || !total || !truncated || !data.is_list() || !are_objects) {
    return Unexpected(Error{"the answer is not a page of query results"});
  }
  if (rows.size() != *count) {
    return Unexpected(Error{"the answer contains " + std::to_string(rows.size()) +
                            " rows and says " + std::to_string(*count)});
  }
  for (const JsonValue& row : rows) take(row);
  return GraphPage{*count, *total, *truncated, std::string(answer.text_of("$skipToken"))};
}

}  // namespace defenderd
