#pragma once
// Builds a YamlTree node by node. What would exceed its bounds is refused.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "desired/yaml_input.h"
#include "desired/yaml_tree.h"

namespace defenderd {

// Leaves the parser from inside an event; caught in parse_yaml().
struct YamlRefused {
  YamlProblem problem;
};

[[noreturn]] void refuse_yaml(const YamlInput::Mark& mark, std::string message);
[[noreturn]] void refuse_deep_yaml(const YamlInput::Mark& mark);
// A line after the end of the document.
[[noreturn]] void refuse_stray_yaml(const YamlInput::Mark& mark);

// Nodes come in the order of the text; those between open() and end() are children.
class YamlBuilder {
 public:
  using Index = YamlTree::Index;
  using Mark = YamlInput::Mark;
  using Anchor = std::size_t;  // 0 is none

  // Reserves memory for the most that `text` may need, without using it: growing by doubling
  // briefly needs three times as much. `text` outlives it.
  explicit YamlBuilder(std::string_view text);

  void add_null(const Mark& mark, Anchor anchor);
  void add_alias(const Mark& mark, Anchor anchor);
  void add_scalar(const Mark& mark, Anchor anchor, std::string_view text, bool quoted);
  void open(const Mark& mark, Anchor anchor, YamlKind kind);
  // `last`: the position of the last event.
  void end(const Mark& last);

  [[nodiscard]] bool is_open() const { return !open_.empty(); }
  [[nodiscard]] bool has_content() const {
    return !tree_.nodes_.empty() && tree_.nodes_[0].kind != YamlKind::Null;
  }
  [[nodiscard]] YamlTree take() { return std::move(tree_); }

 private:
  struct Open {
    Index node;
    Index last_child;
    Anchor anchor;
    std::uint32_t weight_before;
  };
  struct Anchored {
    Index node;
    std::uint32_t weight;  // nodes, aliases expanded
  };

  Index add(const Mark& mark, YamlKind kind);
  void place_null(Index index, const Mark& mark);
  void close(Index node, Anchor anchor, std::uint32_t weight, const Mark& last);
  void grow(const Mark& mark, std::uint32_t by);
  [[nodiscard]] std::string too_large() const;

  const std::string_view text_;
  const std::uint32_t max_nodes_;
  YamlTree tree_ = {};
  std::vector<Open> open_ = {};
  std::unordered_map<Anchor, Anchored> anchors_ = {};
  Index previous_sibling_ = 0;  // of the last added node
  std::uint32_t weight_ = 0;
};

}  // namespace defenderd
