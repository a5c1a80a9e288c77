#pragma once
// A YAML document as a compact tree with positions.
//
// Built from the parser's events instead of its own tree, which needs six times the memory.
// Bounded: depth, number of nodes, and the size of the document after its aliases are expanded.
// Parts of YAML that nobody needs here are rejected with their own message: a second document,
// tags, an alias inside its own anchor.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desired/report.h"

namespace defenderd {

inline constexpr std::size_t kMaxYamlDepth = 32;
inline constexpr std::uint32_t kMaxYamlNodes = 4'000'000;  // after aliases are expanded

enum class YamlKind : std::uint8_t { Null, Scalar, Sequence, Map, Alias };

struct YamlNode {
  YamlKind kind = YamlKind::Null;
  bool quoted = false;       // a scalar in quotes or a block scalar: always text
  std::uint32_t line = 1;    // 1-based
  std::uint32_t column = 1;  // 1-based, in bytes
  std::uint32_t first = 0;   // scalar: offset of its text; alias: its target; else the first child
  std::uint32_t count = 0;   // scalar: bytes; else the number of children (a map's keys and values)
  std::uint32_t next = 0;    // the next sibling; 0 is none
};

// A tree is immutable after parsing.
class YamlTree {
 public:
  using Index = std::uint32_t;

  [[nodiscard]] Index root() const { return resolve(0); }
  // The node itself: never of kind Alias for an index that this class returned.
  [[nodiscard]] const YamlNode& node(Index index) const { return nodes_[index]; }
  [[nodiscard]] Place place(Index index) const {
    return {static_cast<int>(node(index).line), static_cast<int>(node(index).column)};
  }
  // The text of a scalar.
  [[nodiscard]] std::string_view text(Index index) const {
    return std::string_view(texts_).substr(nodes_[index].first, nodes_[index].count);
  }

  // Calls visit(Index) for each child of a sequence, visit(Index key, Index value) for each of a
  // map.
  template <class Visit>
  void each_item(Index sequence, Visit visit) const {
    Index child = node(sequence).first;
    for (std::uint32_t i = 0; i < node(sequence).count; ++i, child = nodes_[child].next) {
      visit(resolve(child));
    }
  }
  template <class Visit>
  void each_entry(Index map, Visit visit) const {
    Index key = node(map).first;
    for (std::uint32_t i = 0; i + 1 < node(map).count; i += 2) {
      const Index value = nodes_[key].next;
      visit(resolve(key), resolve(value));
      key = nodes_[value].next;
    }
  }

 private:
  friend class YamlBuilder;
  [[nodiscard]] Index resolve(Index index) const {
    return nodes_[index].kind == YamlKind::Alias ? nodes_[index].first : index;
  }

  std::vector<YamlNode> nodes_ = {};
  std::string texts_ = {};
};

struct YamlProblem {
  Place place;
  std::string message;
};

// The single document of `text`, or the first problem with it.
[[nodiscard]] Result<YamlTree, YamlProblem> parse_yaml(std::string_view text);

}  // namespace defenderd
