#include "arm/json_items.h"

#include <algorithm>
#include <cstddef>

namespace defenderd {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

void skip_blank(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
}

// The position after the string with which the text begins.
std::size_t end_of_string(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

// The position after the object or list with which the text begins.
std::size_t end_of_container(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i += end_of_string(text.substr(i));
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return text.size();
}

std::string_view take_value(std::string_view& text) {
  std::size_t end = 0;
  if (text.starts_with('"')) {
    end = end_of_string(text);
  } else if (text.starts_with('{') || text.starts_with('[')) {
    end = end_of_container(text);
  } else {
    end = std::min(text.find_first_of(",:]} \t\r\n"), text.size());
  }
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return value;
}

}  // namespace

JsonItems::JsonItems(std::string_view container) : rest_(container) {
  skip_blank(rest_);
  is_object_ = rest_.starts_with('{');
  if (!is_object_ && !rest_.starts_with('[')) rest_ = {};
  if (!rest_.empty()) rest_.remove_prefix(1);
}

bool JsonItems::next() {
  skip_blank(rest_);
  if (rest_.starts_with(',')) rest_.remove_prefix(1);
  skip_blank(rest_);
  if (is_object_) {
    key_ = take_value(rest_);
    skip_blank(rest_);
    if (!rest_.starts_with(':')) return false;
    rest_.remove_prefix(1);
    skip_blank(rest_);
  }
  value_ = take_value(rest_);
  return !value_.empty();
}

}  // namespace defenderd
