#include "desired/extensions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/plan_catalog.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

bool is_extension_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= kMaxExtensionNameSize && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
         });
}

// ARM's spelling, if known.
std::string arm_name(std::string_view name) {
  const ExtensionWord* const word = find_by_arm_name(kDeclaredPlan, name);
  return std::string(word == nullptr ? name : word->arm);
}

// What is wrong with a key under `extensions:`, or "".
std::string name_problem(std::string_view name, const std::vector<DeclaredExtension>& declared,
                         const YamlTree& tree) {
  if (find_by_word(kDeclaredPlan, name) != nullptr) {
    return "a dedicated key: write " + std::string(name) + " next to extensions, not in it";
  }
  if (!is_extension_name(name)) {
    return R"(expected the name of an extension: a letter, then letters, digits, ".", "_" or )"
           R"("-", )" +
           std::to_string(kMaxExtensionNameSize) + " at most";
  }
  for (const DeclaredExtension& other : declared) {
    if (!iequals(other.extension.name, name)) continue;
    return "already set by " + std::string(other.key) + " in line " +
           std::to_string(tree.place(other.value).line) + ", keep one of them";
  }
  return "";
}

// Reads the map under `extensions:` into `declared`.
std::optional<bool> read_named(const Value& map, std::vector<DeclaredExtension>& declared) {
  if (map.node().kind != YamlKind::Map) {
    map.expected("a map of names to on or off");
    return std::nullopt;
  }
  if (map.node().count / 2 > kMaxExtensions) {
    map.problem("more than " + std::to_string(kMaxExtensions) + " extensions");
    return std::nullopt;
  }
  map.tree.each_entry(map.index, [&](YamlTree::Index key, YamlTree::Index value) {
    if (map.tree.node(key).kind != YamlKind::Scalar) {
      const Value wrong{map.tree, map.report, map.path, key};
      wrong.problem("expected the name of an extension, found " + wrong.found());
      return;
    }
    const std::string_view name = map.tree.text(key);
    const Path path{.parent = &map.path, .key = name};
    const Value here{map.tree, map.report, path, key};
    if (refuse_merge(here)) return;
    if (std::string problem = name_problem(name, declared, map.tree); !problem.empty()) {
      here.problem(std::move(problem));
      return;
    }
    if (const auto on = read_switch(Value{map.tree, map.report, path, value})) {
      declared.push_back({{arm_name(name), *on}, value, name, true});
    }
  });
  return true;
}

}  // namespace

std::vector<DeclaredExtension> read_extensions(const MapReader& map) {
  std::vector<DeclaredExtension> declared;
  for (const ExtensionWord& word : entry_of(kDeclaredPlan).extensions) {
    map.get(word.yaml, [&](const Value& value) -> std::optional<bool> {
      const auto on = read_switch(value);
      if (on) declared.push_back({{std::string(word.arm), *on}, value.index, word.yaml});
      return on;
    });
  }
  map.get("extensions", read_named, declared);
  return declared;
}

void refuse_on(const Value& entry, const std::vector<DeclaredExtension>& declared,
               std::string_view plan_off) {
  const Path extensions{.parent = &entry.path, .key = "extensions"};
  for (const DeclaredExtension& item : declared) {
    if (!item.extension.on) continue;
    const Path path{.parent = item.in_extensions ? &extensions : &entry.path, .key = item.key};
    Value{entry.tree, entry.report, path, item.value}.problem("on, but " + std::string(plan_off) +
                                                              ": an extension needs the plan");
  }
}

std::vector<DesiredExtension> merge_extensions(const std::vector<DeclaredExtension>& defaults,
                                               const std::vector<DeclaredExtension>& declared) {
  std::vector<DesiredExtension> result;
  result.reserve(defaults.size() + declared.size());
  for (const DeclaredExtension& item : declared) result.push_back(item.extension);
  for (const DeclaredExtension& item : defaults) {
    const bool named = std::any_of(declared.begin(), declared.end(), [&](const auto& other) {
      return iequals(other.extension.name, item.extension.name);
    });
    if (!named) result.push_back(item.extension);
  }
  std::sort(result.begin(), result.end(), [](const DesiredExtension& a, const DesiredExtension& b) {
    return to_lower(a.name) < to_lower(b.name);
  });
  return result;
}

}  // namespace defenderd
