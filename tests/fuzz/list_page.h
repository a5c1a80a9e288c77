#pragma once
// A page of a list: a line that starts with "http" is the nextLink of an else empty page; anything
// else is the page itself.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace defenderd::fuzz {

inline std::string list_page(std::string_view input) {
  if (!input.starts_with("http")) return std::string(input);
  const nlohmann::json page{{"value", nlohmann::json::array()}, {"nextLink", input}};
  return page.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace defenderd::fuzz
