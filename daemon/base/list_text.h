#pragma once
// Lists within a text: "a, b, c".

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace defenderd {

// Removes the first entry and its separator from the front of a list; returns the entry, trimmed.
inline std::string_view take_entry(std::string_view& list, char separator = ',') {
  const std::size_t end = list.find(separator);
  const std::string_view entry = trim(list.substr(0, end));
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return entry;
}

// What `text_of` returns for each item: a function, or a member of the item.
template <class Items = std::vector<std::string>, class TextOf = std::identity>
[[nodiscard]] std::string joined(const Items& items, TextOf text_of = {}) {
  std::string result;
  for (const auto& item : items) {
    if (!result.empty()) result += ", ";
    result += std::invoke(text_of, item);
  }
  return result;
}

}  // namespace defenderd
