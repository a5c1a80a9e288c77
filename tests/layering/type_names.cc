#include "layering/type_names.h"

#include <array>
#include <map>

#include "layering/source_text.h"

namespace layering {
namespace {

constexpr std::array<std::string_view, 4> kKeywords{"enum class ", "enum ", "class ", "struct "};

bool is_macro(std::string_view word) {
  return word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos;
}

// Without attributes and macros that stand before the name: "Mutex {" of "CAPABILITY("") Mutex {".
std::string_view from_name(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return text;
  const std::string_view next = text.substr(space + 1);
  const bool is_name = next.empty() || next.starts_with("{") || next.starts_with(":");
  const bool is_before =
      text.starts_with("[[") || is_macro(text.substr(0, text.find_first_of(" (")));
  return is_before && !is_name ? from_name(next) : text;
}

// "Failure" of "struct Failure {" and of "struct Failure final : Base {"; "" if nothing is defined.
std::string_view defined_in(std::string_view line) {
  if (line.ends_with(";") && line.find('{') == std::string_view::npos) return {};
  for (const std::string_view keyword : kKeywords) {
    if (!line.starts_with(keyword)) continue;
    const std::string_view name = from_name(line.substr(keyword.size()));
    return name.substr(0, name.find_first_of(" {;"));
  }
  return {};
}

}  // namespace

std::vector<TypeDefinition> types_of(std::string_view path, std::string_view source) {
  constexpr std::string_view kNamespace = "namespace ";
  const std::string code = code_of(source);
  std::vector<TypeDefinition> types;
  std::string prefix;
  int number = 0;
  for (const std::string_view line : lines_of(code)) {
    ++number;
    if (line.starts_with(kNamespace) && line.find(" {") != std::string_view::npos) {
      const std::string_view name = line.substr(kNamespace.size());
      prefix = std::string(name.substr(0, name.find(' '))) + "::";
    }
    const std::string_view name = defined_in(line);
    if (!name.empty()) types.push_back({prefix + std::string(name), std::string(path), number});
  }
  return types;
}

std::vector<Violation> check_type_names(const std::vector<TypeDefinition>& types) {
  std::map<std::string_view, const TypeDefinition*> known;
  std::vector<Violation> violations;
  for (const TypeDefinition& type : types) {
    const auto [first, is_new] = known.emplace(type.name, &type);
    if (is_new) continue;
    violations.push_back({type.path, type.line,
                          type.name + " is also the name of a type in " + first->second->path});
  }
  return violations;
}

}  // namespace layering
