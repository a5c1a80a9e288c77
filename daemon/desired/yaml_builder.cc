#include "desired/yaml_builder.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "desired/limits.h"

namespace defenderd {
namespace {

std::uint32_t most_nodes(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(
      bytes / limits::kYamlBytesPerNode, limits::kYamlNodesOfAnyFile, kMaxYamlNodes));
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

void refuse_yaml(const YamlInput::Mark& mark, std::string message) {
  throw YamlRefused{{{mark.line + 1, mark.column + 1}, std::move(message)}};
}

void refuse_deep_yaml(const YamlInput::Mark& mark) {
  refuse_yaml(mark, "nested more than " + std::to_string(kMaxYamlDepth) + " levels deep");
}

void refuse_stray_yaml(const YamlInput::Mark& mark) {
  refuse_yaml(mark,
              "this line does not belong to the lines above it: indent it like the lines that it "
              "belongs to");
}

YamlBuilder::YamlBuilder(std::string_view text) : text_(text), max_nodes_(most_nodes(text.size())) {
  tree_.nodes_.reserve(std::min<std::size_t>(max_nodes_, text_.size() + 1));
  tree_.texts_.reserve(text_.size());
}

void YamlBuilder::add_null(const Mark& mark, Anchor anchor) {
  const Index index = add(mark, YamlKind::Null);
  place_null(index, mark);
  close(index, anchor, 1, mark);
}

void YamlBuilder::add_alias(const Mark& mark, Anchor anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end())
    refuse_yaml(mark, "an alias inside its own anchor: it would be infinite");
  const Index index = add(mark, YamlKind::Alias);
  tree_.nodes_[index].first = found->second.node;
  grow(mark, found->second.weight);
}

void YamlBuilder::add_scalar(const Mark& mark, Anchor anchor, std::string_view text, bool quoted) {
  const Index index = add(mark, YamlKind::Scalar);
  YamlNode& node = tree_.nodes_[index];
  node.quoted = quoted;
  node.first = static_cast<std::uint32_t>(tree_.texts_.size());
  tree_.texts_ += text;
  node.count = static_cast<std::uint32_t>(tree_.texts_.size()) - node.first;
  close(index, anchor, 1, mark);
}

void YamlBuilder::open(const Mark& mark, Anchor anchor, YamlKind kind) {
  if (open_.size() == kMaxYamlDepth) refuse_deep_yaml(mark);
  const std::uint32_t before = weight_;
  const Index index = add(mark, kind);
  open_.push_back({index, 0, anchor, before});
}

void YamlBuilder::end(const Mark& last) {
  const Open closed = open_.back();
  open_.pop_back();
  close(closed.node, closed.anchor, weight_ - closed.weight_before, last);
}

YamlBuilder::Index YamlBuilder::add(const Mark& mark, YamlKind kind) {
  // The document has ended, which our key hides from the parser.
  if (open_.empty() && !tree_.nodes_.empty()) refuse_stray_yaml(mark);
  grow(mark, kind == YamlKind::Alias ? 0 : 1);
  const auto index = static_cast<Index>(tree_.nodes_.size());
  if (index >= max_nodes_) refuse_yaml(mark, too_large());
  if (!open_.empty()) {
    Open& parent = open_.back();
    YamlNode& node = tree_.nodes_[parent.node];
    (node.count == 0 ? node.first : tree_.nodes_[parent.last_child].next) = index;
    ++node.count;
    previous_sibling_ = parent.last_child;
    parent.last_child = index;
  }
  tree_.nodes_.push_back({.kind = kind,
                          .line = static_cast<std::uint32_t>(mark.line + 1),
                          .column = static_cast<std::uint32_t>(mark.column + 1)});
  return index;
}

// The parser places a missing value at the next thing that exists. People look for it at its key,
// or at the "-" or bracket before it.
void YamlBuilder::place_null(Index index, const Mark& mark) {
  auto at = static_cast<std::size_t>(mark.pos);
  YamlNode& node = tree_.nodes_[index];
  if (open_.empty() || text_.substr(at, 1) == "~" || iequals(text_.substr(at, 4), "null")) return;
  if (tree_.nodes_[open_.back().node].kind == YamlKind::Map) {
    const Index key = previous_sibling_;
    if (tree_.nodes_[open_.back().node].count % 2 == 1) return;  // the key itself
    node.line = tree_.nodes_[key].line;
    node.column = tree_.nodes_[key].column;
    return;
  }
  std::uint32_t lines = 0;
  const std::size_t from = at;
  while (at > 0 && (at == text_.size() || is_blank(text_[at]) || at == from)) {
    --at;
    if (text_[at] == '\n') ++lines;
  }
  node.line -= lines;
  // Not by the parser's column, which is wrong at the end of a text.
  const auto line_break = text_.rfind('\n', at);
  node.column =
      static_cast<std::uint32_t>(line_break == std::string_view::npos ? at + 1 : at - line_break);
}

// From here on the anchor can be referenced.
void YamlBuilder::close(Index node, Anchor anchor, std::uint32_t weight, const Mark& last) {
  if (anchor == 0) return;
  if (anchors_.size() == limits::kYamlAnchors) {
    refuse_yaml(last, "more than " + std::to_string(limits::kYamlAnchors) + " anchors");
  }
  anchors_[anchor] = {node, weight};
}

void YamlBuilder::grow(const Mark& mark, std::uint32_t by) {
  if (by > max_nodes_ - weight_) refuse_yaml(mark, too_large());
  weight_ += by;
}

std::string YamlBuilder::too_large() const {
  return "more than " + std::to_string(max_nodes_) + " values in " + std::to_string(text_.size()) +
         " bytes, counting each use of an alias: split the file";
}

}  // namespace defenderd
