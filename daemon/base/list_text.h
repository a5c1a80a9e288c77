#pragma once
// Lists within a text: "a, b, c".

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

inline std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result;
}

}  // namespace defenderd
