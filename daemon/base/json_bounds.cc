#include "base/json_bounds.h"

namespace defenderd {

bool is_shallow_json(std::string_view text, std::size_t max_values, int max_depth) {
  int depth = 0;
  std::size_t values = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '{' || c == '[' || c == ',') ++values;
    if (depth > max_depth || values > max_values) return false;
  }
  return true;
}

}  // namespace defenderd
