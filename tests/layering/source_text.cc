#include "layering/source_text.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace layering {
namespace {

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Copies a source piece by piece; each take_ function moves past one piece.
class Reader {
 public:
  explicit Reader(std::string_view source) : rest_(source) {}

  std::string read() {
    while (!rest_.empty()) {
      if (rest_.starts_with("//")) {
        skip(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        skip_past("*/", 2);
      } else if (rest_.starts_with("R\"") && !after_name()) {
        skip_raw_string();
      } else if (rest_.front() == '"') {
        take_literal('"');
      } else if (rest_.front() == '\'' && !after_name()) {  // not the separator of 1'000
        take_literal('\'');
      } else {
        take(1);
      }
    }
    return std::move(code_);
  }

 private:
  [[nodiscard]] bool after_name() const { return !code_.empty() && is_name_char(code_.back()); }

  [[nodiscard]] bool on_include_line() const {
    const std::size_t start = code_.rfind('\n');
    const std::string_view line =
        std::string_view(code_).substr(start == std::string::npos ? 0 : start + 1);
    return defenderd::trim(line).starts_with("#include");
  }

  void take(std::size_t count) {
    code_ += rest_.substr(0, count);
    rest_.remove_prefix(std::min(count, rest_.size()));
  }

  // Leaves only the line breaks.
  void skip(std::size_t count) {
    for (const char c : rest_.substr(0, count)) {
      if (c == '\n') code_ += c;
    }
    rest_.remove_prefix(std::min(count, rest_.size()));
  }

  void skip_past(std::string_view end, std::size_t from) {
    const std::size_t found = rest_.find(end, from);
    skip(found == std::string_view::npos ? rest_.size() : found + end.size());
  }

  void skip_raw_string() {
    const std::size_t open = rest_.find('(');
    if (open == std::string_view::npos) return skip(rest_.size());
    const std::string end = ")" + std::string(rest_.substr(2, open - 2)) + "\"";
    skip_past(end, open);
    code_ += "\"\"";
  }

  void take_literal(char quote) {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote && rest_[end] != '\n') {
      end += rest_[end] == '\\' ? 2U : 1U;
    }
    end = std::min(end + 1, rest_.size());
    if (on_include_line()) return take(end);
    skip(end);
    code_ += quote;
    code_ += quote;
  }

  std::string_view rest_;
  std::string code_;
};

}  // namespace

std::string code_of(std::string_view source) { return Reader(source).read(); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<Include> includes_of(std::string_view code) {
  std::vector<Include> includes;
  int number = 0;
  for (std::string_view line : lines_of(code)) {
    ++number;
    line = defenderd::trim(line);
    if (!line.starts_with('#')) continue;
    line = defenderd::trim(line.substr(1));
    if (!line.starts_with("include")) continue;
    line = defenderd::trim(line.substr(7));
    if (line.empty()) continue;
    const std::size_t end = line.find(line.front() == '<' ? '>' : '"', 1);
    if (end == std::string_view::npos) continue;
    includes.push_back({std::string(line.substr(1, end - 1)), line.front() == '"', number});
  }
  return includes;
}

bool uses_word(std::string_view line, std::string_view word, Use use) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::string_view before = line.substr(0, at);
    const std::string_view after = line.substr(at + word.size());
    if (!before.empty() && is_name_char(before.back())) continue;
    if (!after.empty() && is_name_char(after.front())) continue;
    const bool member = before.ends_with('.') || before.ends_with("->");
    if (member && use != Use::Member) continue;
    if (use != Use::Call || defenderd::trim(after).starts_with('(')) return true;
  }
  return false;
}

}  // namespace layering
