// YAML text as a tree with positions (desired/yaml_tree.h).

#include "desired/yaml_tree.h"

#include <algorithm>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

void walk(const YamlTree& tree, YamlTree::Index index, std::size_t lines, std::size_t depth) {
  const YamlNode& node = tree.node(index);
  require(depth <= kMaxYamlDepth + 1, "a tree is shallow");
  require(node.line >= 1 && node.line <= lines && node.column >= 1, "a node stands in the text");
  switch (node.kind) {
    case YamlKind::Scalar:
      require(is_valid_utf8(tree.text(index)), "a scalar is UTF-8");
      break;
    case YamlKind::Sequence:
      tree.each_item(index, [&](YamlTree::Index item) { walk(tree, item, lines, depth + 1); });
      break;
    case YamlKind::Map:
      tree.each_entry(index, [&](YamlTree::Index key, YamlTree::Index value) {
        walk(tree, key, lines, depth + 1);
        walk(tree, value, lines, depth + 1);
      });
      break;
    case YamlKind::Null:
      break;
    case YamlKind::Alias:
      require(false, "aliases are followed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t lines = lines_of(text);
  const auto tree = parse_yaml(text);
  if (!tree) {
    const YamlProblem& problem = tree.error();
    require(problem.place.line >= 1 && static_cast<std::size_t>(problem.place.line) <= lines + 1 &&
                problem.place.column >= 1,
            "a problem stands in the text");
    require(!problem.message.empty(), "a problem has a message");
    fuzz::require_printable(problem.message, 1000);
    return 0;
  }
  walk(*tree, tree->root(), lines, 0);
  return 0;
}
