// One page of an answer of Azure Resource Graph (arm/graph_page.h).

#include "arm/graph_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

// Asks for everything in a value, as deep as it goes, which the parser bounds.
std::size_t depth_of(const JsonValue& value) {  // NOLINT(misc-no-recursion)
  std::size_t depth = 0;
  for (const JsonValue& item : value.items()) depth = std::max(depth, depth_of(item));
  for (const JsonMember& member : value.members()) {
    require(is_valid_utf8(member.name), "a name is UTF-8");
    require(!value.member(member.name).is_none(), "a member is found by its name");
    depth = std::max(depth, depth_of(member.value));
  }
  require(is_valid_utf8(value.text().value_or("")), "a text is UTF-8");
  return value.is_list() || value.is_object() ? depth + 1 : depth;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  std::uint64_t rows = 0;
  const auto page = read_graph_page(body, [&rows](const JsonValue& row) {
    require(row.is_object(), "a row is an object");
    require(depth_of(row) <= 30, "a row is bounded in depth");
    ++rows;
  });
  if (!page) {
    require(rows == 0, "rows are given once the page is checked");
    fuzz::require_printable(page.error().message, 1024);
    return 0;
  }
  require(page->rows == rows, "the rows that were given are counted");
  const auto json = nlohmann::json::parse(body, nullptr, false);
  require(json.is_object(), "a page is a whole JSON object");
  return 0;
}
