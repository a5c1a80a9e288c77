#include "desired/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <utility>

#include "base/text.h"
#include "desired/limits.h"
#include "desired/surrogate_escapes.h"
#include "desired/text_check.h"
#include "desired/yaml_builder.h"
#include "desired/yaml_input.h"
#include "desired/yaml_words.h"

namespace defenderd {
namespace {

using Mark = YamlInput::Mark;

void refuse_tag(const Mark& mark, const std::string& tag) {
  if (tag == "?" || tag == "!" || tag.empty()) return;
  // Not shown: it may be a password.
  refuse_yaml(
      mark, R"(tags are not supported, delete it: types follow from the keys; a text that starts )"
            R"(with "!" needs quotes)");
}

// The parser makes single bytes of these, which are not UTF-8.
bool has_byte_escapes(std::string_view text) {
  return text.find("\\N") != std::string_view::npos || text.find("\\_") != std::string_view::npos;
}

// Passes the parser's events to the builder, except those of our key around the document.
class YamlEvents final : public YAML::EventHandler {
 public:
  explicit YamlEvents(const SurrogateEscapes& escapes)
      : escapes_(escapes),
        text_(escapes.text()),
        has_byte_escapes_(has_byte_escapes(text_)),
        input_(text_, [this](std::size_t depth) { refuse_dense(depth); }),
        builder_(text_) {}

  [[nodiscard]] YamlInput& input() { return input_; }
  [[nodiscard]] YamlBuilder& builder() { return builder_; }
  // The parser's position as one in the text.
  [[nodiscard]] Mark in_text(const YAML::Mark& mark) const {
    return input_.in_text({mark.pos, mark.line, mark.column});
  }
  // Offset of the last scalar's start, for problems with quotes.
  [[nodiscard]] std::size_t last_scalar() const { return last_scalar_; }

  void OnDocumentStart(const YAML::Mark& parsed) override {
    const Mark mark = seen(parsed);
    if (++documents_ == 1) return;
    const auto offset = static_cast<std::size_t>(mark.pos);
    if (!text_.substr(offset).starts_with("---")) refuse_stray_yaml(mark);
    refuse_yaml(mark,
                "a second document: expected one document per file, delete this line or move what "
                "follows to a file of its own");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& /*mark*/, const std::string& /*name*/) override {}

  void OnNull(const YAML::Mark& parsed, YAML::anchor_t anchor) override {
    builder_.add_null(seen(parsed), anchor);
  }
  void OnAlias(const YAML::Mark& parsed, YAML::anchor_t anchor) override {
    builder_.add_alias(seen(parsed), anchor);
  }
  void OnScalar(const YAML::Mark& parsed, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const Mark mark = seen(parsed);
    if (std::exchange(at_our_key_, false)) return;
    refuse_tag(mark, tag);
    last_scalar_ = static_cast<std::size_t>(mark.pos);
    if (has_byte_escapes_ && !is_valid_utf8(value))
      refuse_yaml(mark, R"(the escapes \N and \_ are not supported: write \u0085 or \u00a0)");
    if (escapes_.any()) {
      builder_.add_scalar(mark, anchor, escapes_.restored(value), tag == "!");
    } else {
      builder_.add_scalar(mark, anchor, value, tag == "!");
    }
  }

  void OnSequenceStart(const YAML::Mark& parsed, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(seen(parsed), tag, anchor, YamlKind::Sequence);
  }
  void OnSequenceEnd() override { builder_.end(last_); }
  void OnMapStart(const YAML::Mark& parsed, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    const Mark mark = seen(parsed);
    if (input_.wrapped() && !std::exchange(in_our_map_, true)) {
      at_our_key_ = true;
      return;
    }
    open(mark, tag, anchor, YamlKind::Map);
  }
  void OnMapEnd() override {
    if (builder_.is_open()) builder_.end(last_);  // otherwise it is the map of our key
  }

 private:
  // Each event calls this first.
  Mark seen(const YAML::Mark& parsed) {
    input_.progress();
    last_ = in_text(parsed);
    return last_;
  }

  void open(const Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    refuse_tag(mark, tag);
    builder_.open(mark, anchor, kind);
  }

  [[noreturn]] void refuse_dense(std::size_t depth) const {
    if (depth > kMaxYamlDepth) refuse_deep_yaml(last_);
    refuse_yaml(last_, "more than " + std::to_string(limits::kYamlLookahead) +
                           " commas, colons and brackets in one text or pair of brackets after "
                           "this: put each value on its own line, without brackets, or split the "
                           "file");
  }

  const SurrogateEscapes& escapes_;
  const std::string_view text_;
  const bool has_byte_escapes_;
  YamlInput input_;
  YamlBuilder builder_;
  Mark last_ = {};  // the position of the last event
  bool in_our_map_ = false;
  bool at_our_key_ = false;
  std::size_t last_scalar_ = 0;
  int documents_ = 0;
};

}  // namespace

Result<YamlTree, YamlProblem> parse_yaml(std::string_view text) {
  if (auto problem = check_text(text)) {
    return Unexpected(YamlProblem{problem->place, std::move(problem->message)});
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const SurrogateEscapes escapes(text);
  YamlEvents events(escapes);
  try {
    std::istream stream(&events.input());
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const YamlRefused& refused) {
    return Unexpected(refused.problem);
  } catch (const YAML::Exception& e) {
    const Mark mark = events.in_text(e.mark);
    return Unexpected(with_odd_character(
        text,
        in_plain_words(text, {{mark.line + 1, mark.column + 1}, e.msg}, events.last_scalar())));
  }
  if (!events.builder().has_content()) {
    return Unexpected(
        YamlProblem{{1, 1}, "the file contains no value: expected apiVersion, kind and more"});
  }
  if (auto problem = unclosed_quote(text, events.last_scalar())) {
    return Unexpected(std::move(*problem));
  }
  return events.builder().take();
}

}  // namespace defenderd
