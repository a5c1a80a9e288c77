#include "desired/yaml_input.h"

#include <algorithm>
#include <string>
#include <utility>

#include "desired/limits.h"

namespace defenderd {
namespace {

constexpr std::string_view kKey = "x: ";
constexpr int kKeySize = static_cast<int>(kKey.size());

// The start of the first line that is neither empty nor a comment.
std::size_t first_content(std::string_view text) {
  std::size_t line = 0;
  while (line < text.size()) {
    const std::size_t word = text.find_first_not_of(" \t\r", line);
    if (word == std::string_view::npos) return text.size();
    if (text[word] != '\n' && text[word] != '#') return line;
    const std::size_t feed = text.find('\n', word);
    if (feed == std::string_view::npos) return text.size();
    line = feed + 1;
  }
  return line;
}

}  // namespace

YamlInput::YamlInput(std::string_view text, TooDense too_dense)
    : text_(text), too_dense_(std::move(too_dense)) {
  wrapped_at_ = first_content(text_);
  const std::string_view rest = text_.substr(wrapped_at_);
  wrapped_ = rest.starts_with('{') || rest.starts_with('[');
  wrapped_line_ = static_cast<int>(
      std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(wrapped_at_), '\n'));
}

YamlInput::Mark YamlInput::in_text(Mark mark) const {
  if (!wrapped_) return mark;
  const int at = static_cast<int>(wrapped_at_);
  if (mark.pos >= at) mark.pos = std::max(at, mark.pos - kKeySize);
  if (mark.line == wrapped_line_) mark.column = std::max(0, mark.column - kKeySize);
  return mark;
}

void YamlInput::hand_out(std::string_view piece) {
  char* const begin = const_cast<char*>(piece.data());  // NOLINT: setg requires it, nothing writes
  setg(begin, begin, begin + piece.size());
}

YamlInput::int_type YamlInput::underflow() {
  while (gptr() == egptr()) {
    const int piece = piece_++;
    if (piece == 0) {
      hand_out(text_.substr(0, wrapped_ ? wrapped_at_ : text_.size()));
    } else if (piece == 1 && wrapped_) {
      hand_out(kKey);
    } else if (piece == 2 && wrapped_) {
      hand_out(text_.substr(wrapped_at_));
    } else {
      return traits_type::eof();
    }
  }
  return traits_type::to_int_type(*gptr());
}

std::streamsize YamlInput::xsgetn(char* to, std::streamsize count) {
  const std::streamsize size = std::streambuf::xsgetn(to, count);
  count_tokens({to, static_cast<std::size_t>(size)});
  if (pending_ > limits::kYamlLookahead) too_dense_(depth_);
  return size;
}

// Comments are not tokens, however many commas they contain.
void YamlInput::count_tokens(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      line_is_blank_ = true;
      in_comment_ = false;
    } else if (line_is_blank_ && c != ' ' && c != '\t') {
      line_is_blank_ = false;
      in_comment_ = c == '#';
    }
    if (in_comment_) continue;
    const bool opens = c == '[' || c == '{';
    const bool closes = c == ']' || c == '}';
    if (opens) ++depth_;
    if (closes && depth_ > 0) --depth_;
    if (opens || closes || c == ',' || c == ':') ++pending_;
  }
}

}  // namespace defenderd
