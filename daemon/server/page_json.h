#pragma once
// The page of a list in the API: the members total, matched, offset, limit and items.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/json_writer.h"
#include "server/parameters.h"

namespace defenderd {

// `matched`: those of `total` that the filters let through, in their order. `write` writes one.
template <class Item, class Write>
void write_page(JsonWriter& json, std::size_t total, const std::vector<Item>& matched,
                const PageWanted& page, Write write) {
  json.member("total", total);
  json.member("matched", matched.size());
  json.member("offset", page.offset);
  json.member("limit", page.limit);
  json.key("items");
  json.begin_array();
  const std::size_t first = std::min(page.offset, matched.size());
  const std::size_t last = first + std::min(page.limit, matched.size() - first);
  for (std::size_t i = first; i < last; ++i) write(matched[i]);
  json.end_array();
}

}  // namespace defenderd
