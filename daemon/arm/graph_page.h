#pragma once
// One page of an answer of Azure Resource Graph.
//
// Source: azure-rest-api-specs, specification/resourcegraph/resource-manager/
// Microsoft.ResourceGraph/stable/2022-10-01/resourcegraph.json.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/json_document.h"

namespace defenderd {

// Takes one row, an object. The row and its texts are valid during the call.
using GraphRow = std::function<void(const JsonValue& row)>;

struct GraphPage {
  std::uint64_t rows = 0;
  std::uint64_t total = 0;  // on all pages, by the graph's count
  bool truncated = false;
  std::string skip_token = {};  // of the next page; "" on the last one
};

// Returns the rows of a page once all of it has been checked. Any input gives a page or an Error,
// never an exception; size and nesting are bounded. A page that does not contain as many rows as it
// says is an error.
[[nodiscard]] Result<GraphPage> read_graph_page(std::string_view body, const GraphRow& take);

}  // namespace defenderd
