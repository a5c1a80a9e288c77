#include "server/schema.h"

#include <algorithm>

#include "base/time_text.h"

namespace defenderd {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  return false;
}

bool type_fits(const json& schema, const json& value) {
  if (!schema.contains("type")) return true;
  const json& type = schema["type"];
  if (type.is_string()) return has_type(value, type);
  return std::any_of(type.begin(), type.end(),
                     [&](const json& t) { return has_type(value, t.get<std::string>()); });
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::vector<std::string> object_errors(const json& root, const json& schema, const json& value,
                                       const std::string& place) {
  std::vector<std::string> errors;
  for (const json& name : schema.value("required", json::array())) {
    if (!value.contains(name)) errors.push_back(place + " lacks " + name.get<std::string>());
  }
  const json properties = schema.value("properties", json::object());
  const json others = schema.value("additionalProperties", json(true));
  for (const auto& [name, member] : value.items()) {
    const std::string inner = place + "/" + name;
    if (schema.contains("propertyNames")) {
      append(errors, schema_errors(root, schema["propertyNames"], name, inner));
    }
    if (properties.contains(name)) {
      append(errors, schema_errors(root, properties[name], member, inner));
    } else if (others.is_object()) {
      append(errors, schema_errors(root, others, member, inner));
    } else if (others == false) {
      errors.push_back(inner + " is not described");
    }
  }
  return errors;
}

}  // namespace

std::vector<std::string> schema_errors(const json& root, const json& schema, const json& value,
                                       const std::string& place) {
  if (schema.contains("$ref")) {
    const json::json_pointer target(schema["$ref"].get<std::string>().substr(1));
    return schema_errors(root, root.at(target), value, place);
  }
  if (!type_fits(schema, value)) return {place + " has another type: " + value.dump()};
  std::vector<std::string> errors;
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) {
    errors.push_back(place + " is none of its values: " + value.dump());
  }
  if (schema.value("format", "") == "date-time" && value.is_string() &&
      !parse_rfc3339(value.get<std::string>())) {
    errors.push_back(place + " is no time: " + value.dump());
  }
  if (value.is_object()) append(errors, object_errors(root, schema, value, place));
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      append(errors,
             schema_errors(root, schema["items"], value[i], place + "/" + std::to_string(i)));
    }
  }
  return errors;
}

}  // namespace defenderd
