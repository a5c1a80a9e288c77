#pragma once
// The type of a plain YAML scalar.

#include <string_view>

namespace defenderd {

enum class ScalarType { Text, Boolean, Integer, Real };

// By YAML 1.2's core schema, which editors and JSON Schema use: there, on and yes are text.
[[nodiscard]] ScalarType scalar_type(std::string_view plain);

}  // namespace defenderd
