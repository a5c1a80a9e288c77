#include "armsim/json_keys.h"

namespace armsim {

bool parse_on(const Json& json, bool& into) {
  if (json.is_boolean()) {
    into = json.get<bool>();
    return true;
  }
  if (!json.is_string()) return false;
  const std::string text = defenderd::to_lower(json.get<std::string>());
  into = text == "on" || text == "true" || text == "yes";
  return into || text == "off" || text == "false" || text == "no";
}

bool parse_text(const Json& json, std::string& into) {
  if (!json.is_string()) return false;
  into = json.get<std::string>();
  return true;
}

bool parse_texts(const Json& json, std::map<std::string, std::string>& into) {
  if (!json.is_object()) return false;
  into.clear();
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) return false;
    into[name] = value.get<std::string>();
  }
  return true;
}

bool parse_number(const Json& json, int& into) {
  if (!json.is_number_integer()) return false;
  into = json.get<int>();
  return true;
}

}  // namespace armsim
