#pragma once
// One name, one type: two definitions of a name in one namespace are a program without meaning, and
// neither the compiler nor the linker has to notice. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "layering/source_rules.h"

namespace layering {

struct TypeDefinition {
  std::string name;  // with its namespaces: "defenderd::Failure"
  std::string path;
  int line = 0;
  bool operator==(const TypeDefinition&) const = default;
};

// The classes, structs and enumerations that a header defines at the level of its namespaces.
[[nodiscard]] std::vector<TypeDefinition> types_of(std::string_view path, std::string_view source);

// Those that have the name of one before.
[[nodiscard]] std::vector<Violation> check_type_names(const std::vector<TypeDefinition>& types);

}  // namespace layering
