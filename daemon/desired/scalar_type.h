#pragma once
// What YAML takes a plain scalar for.

#include <string_view>

namespace defenderd {

enum class ScalarType { Text, Boolean, Integer, Real };

// By YAML 1.2's core schema, which editors and JSON Schema go by: on and yes are text there.
[[nodiscard]] ScalarType scalar_type(std::string_view plain);

}  // namespace defenderd
