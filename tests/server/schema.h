#pragma once
// As much of JSON Schema as deploy/openapi.json uses.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace defenderd {

// What is wrong with `value`, each with its place; empty when it is as `schema` says. `root` is the
// document that "$ref" points into.
[[nodiscard]] std::vector<std::string> schema_errors(const nlohmann::json& root,
                                                     const nlohmann::json& schema,
                                                     const nlohmann::json& value,
                                                     const std::string& place = "");

}  // namespace defenderd
