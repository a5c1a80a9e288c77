#include "desired/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <unordered_map>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "desired/limits.h"
#include "desired/surrogate_escapes.h"
#include "desired/text_check.h"
#include "desired/yaml_input.h"
#include "desired/yaml_words.h"

namespace defenderd {
namespace {

// Leaves the parser from inside an event; caught in parse_yaml.
struct Refused {
  YamlProblem problem;
};

[[noreturn]] void refuse(const YAML::Mark& mark, std::string message) {
  throw Refused{{{mark.line + 1, mark.column + 1}, std::move(message)}};
}

std::uint32_t most_nodes(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(
      bytes / limits::kYamlBytesPerNode, limits::kYamlNodesOfAnyFile, kMaxYamlNodes));
}

}  // namespace

// Turns the parser's events into a tree.
class YamlBuilder final : public YAML::EventHandler {
 public:
  // Reserves memory for the most that the text may need, without using it: growing by doubling
  // briefly needs three times as much.
  explicit YamlBuilder(const SurrogateEscapes& escapes)
      : escapes_(escapes),
        text_(escapes.text()),
        max_nodes_(most_nodes(text_.size())),
        input_(text_, [this](std::size_t depth) { refuse_dense(depth); }) {
    tree_.nodes_.reserve(std::min<std::size_t>(max_nodes_, text_.size() + 1));
    tree_.texts_.reserve(text_.size());
  }

  [[nodiscard]] YamlInput& input() { return input_; }
  // The parser's position as one in the text.
  [[nodiscard]] YAML::Mark in_text(YAML::Mark mark) const {
    const YamlInput::Mark place = input_.in_text({mark.pos, mark.line, mark.column});
    mark.pos = place.pos;
    mark.line = place.line;
    mark.column = place.column;
    return mark;
  }

  [[nodiscard]] YamlTree take() { return std::move(tree_); }
  // Offset of the last scalar's start, for problems with quotes.
  [[nodiscard]] std::size_t last_scalar() const { return last_scalar_; }
  [[nodiscard]] bool has_content() const {
    return !tree_.nodes_.empty() && tree_.nodes_[0].kind != YamlKind::Null;
  }

  void OnDocumentStart(const YAML::Mark& parsed) override {
    const YAML::Mark mark = seen(parsed);
    if (++documents_ == 1) return;
    const auto offset = static_cast<std::size_t>(mark.pos);
    if (!text_.substr(offset).starts_with("---")) refuse_stray(mark);
    refuse(mark,
           "a second document: expected one document per file, delete this line or move what "
           "follows to a file of its own");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& /*mark*/, const std::string& /*name*/) override {}

  void OnNull(const YAML::Mark& parsed, YAML::anchor_t anchor) override {
    const YAML::Mark mark = seen(parsed);
    const auto index = add(mark, YamlKind::Null);
    place_null(index, mark);
    close(index, anchor, 1);
  }

  void OnAlias(const YAML::Mark& parsed, YAML::anchor_t anchor) override {
    const YAML::Mark mark = seen(parsed);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      refuse(mark, "an alias inside its own anchor: it would be infinite");
    const auto index = add(mark, YamlKind::Alias);
    tree_.nodes_[index].first = found->second.node;
    grow(mark, found->second.weight);
  }

  void OnScalar(const YAML::Mark& parsed, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const YAML::Mark mark = seen(parsed);
    if (std::exchange(at_our_key_, false)) return;
    refuse_tag(mark, tag);
    last_scalar_ = static_cast<std::size_t>(mark.pos);
    const auto index = add(mark, YamlKind::Scalar);
    YamlNode& node = tree_.nodes_[index];
    node.quoted = tag == "!";
    node.first = static_cast<std::uint32_t>(tree_.texts_.size());
    tree_.texts_ += escapes_.any() ? escapes_.restored(value) : value;
    node.count = static_cast<std::uint32_t>(tree_.texts_.size()) - node.first;
    close(index, anchor, 1);
  }

  void OnSequenceStart(const YAML::Mark& parsed, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(seen(parsed), tag, anchor, YamlKind::Sequence);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& parsed, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    const YAML::Mark mark = seen(parsed);
    if (input_.wrapped() && !std::exchange(in_our_map_, true)) {
      at_our_key_ = true;
      return;
    }
    open(mark, tag, anchor, YamlKind::Map);
  }
  void OnMapEnd() override {
    if (!open_.empty()) end();  // otherwise it is the map of our key
  }

 private:
  using Index = YamlTree::Index;
  struct Open {
    Index node;
    Index last_child;
    YAML::anchor_t anchor;
    std::uint32_t weight_before;
  };
  struct Anchor {
    Index node;
    std::uint32_t weight;  // nodes, aliases expanded
  };

  // Each event calls this first.
  YAML::Mark seen(const YAML::Mark& parsed) {
    input_.progress();
    last_ = in_text(parsed);
    return last_;
  }

  [[noreturn]] void refuse_dense(std::size_t depth) const {
    if (depth > kMaxYamlDepth) refuse_deep(last_);
    refuse(last_, "more than " + std::to_string(limits::kYamlLookahead) +
                      " commas, colons and brackets in one text or pair of brackets after this: "
                      "put each value on its own line, without brackets, or split the file");
  }
  [[noreturn]] static void refuse_deep(const YAML::Mark& mark) {
    refuse(mark, "nested more than " + std::to_string(kMaxYamlDepth) + " levels deep");
  }
  [[noreturn]] static void refuse_stray(const YAML::Mark& mark) {
    refuse(mark,
           "this line does not belong to the lines above it: indent it like the lines that it "
           "belongs to");
  }

  Index add(const YAML::Mark& mark, YamlKind kind) {
    // The document has ended, which our key hides from the parser.
    if (open_.empty() && !tree_.nodes_.empty()) refuse_stray(mark);
    grow(mark, kind == YamlKind::Alias ? 0 : 1);
    const auto index = static_cast<Index>(tree_.nodes_.size());
    if (index >= max_nodes_) refuse(mark, too_large());
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

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    refuse_tag(mark, tag);
    if (open_.size() == kMaxYamlDepth) refuse_deep(mark);
    const std::uint32_t before = weight_;
    const auto index = add(mark, kind);
    open_.push_back({index, 0, anchor, before});
  }

  void end() {
    const Open closed = open_.back();
    open_.pop_back();
    close(closed.node, closed.anchor, weight_ - closed.weight_before);
  }

  // The parser places a missing value at the next thing that exists. People look for it at its key,
  // or at the "-" or bracket before it.
  void place_null(Index index, const YAML::Mark& mark) {
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

  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  // From here on the anchor can be referenced.
  void close(Index node, YAML::anchor_t anchor, std::uint32_t weight) {
    if (anchor == 0) return;
    if (anchors_.size() == limits::kYamlAnchors) {
      refuse(last_, "more than " + std::to_string(limits::kYamlAnchors) + " anchors");
    }
    anchors_[anchor] = {node, weight};
  }

  void grow(const YAML::Mark& mark, std::uint32_t by) {
    if (by > max_nodes_ - weight_) refuse(mark, too_large());
    weight_ += by;
  }

  [[nodiscard]] std::string too_large() const {
    return "more than " + std::to_string(max_nodes_) + " values in " +
           std::to_string(text_.size()) + " bytes, counting each use of an alias: split the file";
  }

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || tag == "!" || tag.empty()) return;
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    const std::string shown = tag.starts_with(kCore) ? "!!" + tag.substr(kCore.size()) : tag;
    refuse(mark, "the tag " + foreign_text(shown, 64) + ": delete it; types follow from the keys");
  }

  const SurrogateEscapes& escapes_;
  const std::string_view text_;
  const std::uint32_t max_nodes_;
  YamlInput input_;
  YAML::Mark last_ = {};  // the position of the last event
  bool in_our_map_ = false;
  bool at_our_key_ = false;
  YamlTree tree_ = {};
  std::vector<Open> open_ = {};
  std::unordered_map<YAML::anchor_t, Anchor> anchors_ = {};
  Index previous_sibling_ = 0;  // of the last added node
  std::uint32_t weight_ = 0;
  std::size_t last_scalar_ = 0;
  int documents_ = 0;
};

Result<YamlTree, YamlProblem> parse_yaml(std::string_view text) {
  if (auto problem = check_text(text)) {
    return Unexpected(YamlProblem{problem->place, std::move(problem->message)});
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const SurrogateEscapes escapes(text);
  YamlBuilder builder(escapes);
  try {
    std::istream stream(&builder.input());
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return Unexpected(refused.problem);
  } catch (const YAML::Exception& e) {
    const YAML::Mark mark = builder.in_text(e.mark);
    return Unexpected(with_odd_character(
        text,
        in_plain_words(text, {{mark.line + 1, mark.column + 1}, e.msg}, builder.last_scalar())));
  }
  if (!builder.has_content()) {
    return Unexpected(
        YamlProblem{{1, 1}, "the file contains no value: expected apiVersion, kind and more"});
  }
  if (auto problem = unclosed_quote(text, builder.last_scalar())) {
    return Unexpected(std::move(*problem));
  }
  return builder.take();
}

}  // namespace defenderd
