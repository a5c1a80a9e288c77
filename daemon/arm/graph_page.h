#pragma once
// One page of an answer of Azure Resource Graph, read row by row without a tree of it.
//
// Source: azure-rest-api-specs, specification/resourcegraph/resource-manager/
// Microsoft.ResourceGraph/stable/2022-10-01/resourcegraph.json.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace defenderd {

// A value of JSON that holds no other.
struct JsonScalar {
  enum class Kind { Null, Boolean, Number, Text };
  Kind kind = Kind::Null;
  std::string_view text = {};  // of Text; "true" or "false" of Boolean
  double number = 0;           // of Number
};

// Takes the rows as they are read. A page that turns out to be malformed was given in part.
class GraphRows {
 public:
  // The names that lead from the row to a value; the items of a list have the list's own path.
  // Valid during the call, as every text is.
  using Path = std::span<const std::string>;

  GraphRows() = default;
  GraphRows(const GraphRows&) = delete;
  GraphRows& operator=(const GraphRows&) = delete;
  virtual ~GraphRows() = default;

  virtual void begin_row() = 0;
  virtual void value(Path path, const JsonScalar& scalar) = 0;
  virtual void end_row() = 0;
  // Objects and lists inside a row.
  virtual void begin_object(Path /*path*/) {}
  virtual void end_object(Path /*path*/) {}
  virtual void begin_list(Path /*path*/) {}
  virtual void end_list(Path /*path*/) {}
};

struct GraphPage {
  std::uint64_t rows = 0;   // that were given
  std::uint64_t total = 0;  // that the query has on all pages, by the graph's count
  bool truncated = false;
  std::string skip_token = {};  // of the next page; "" on the last one
};

// Any input gives a page or an Error, never an exception; nesting is bounded. It is an error where
// the page does not hold as many rows as it says.
[[nodiscard]] Result<GraphPage> read_graph_page(std::string_view body, GraphRows& rows);

}  // namespace defenderd
