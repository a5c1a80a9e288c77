#pragma once
// Just enough of C++ to check sources by their text: what is code, and what is included.

#include <string>
#include <string_view>
#include <vector>

namespace layering {

// The source with comments gone and with string and character literals empty. Lines keep their
// numbers. The names of includes are kept.
[[nodiscard]] std::string code_of(std::string_view source);

struct Include {
  std::string name;  // without quotes or brackets
  bool quoted = false;
  int line = 0;
  bool operator==(const Include&) const = default;
};
[[nodiscard]] std::vector<Include> includes_of(std::string_view code);

enum class Use {
  Name,    // free: not a member of something
  Call,    // free and followed by an opening parenthesis
  Member,  // free or a member
};
// True if `word` ("exit", "system_clock::now") is in the line, not as part of a longer name.
[[nodiscard]] bool uses_word(std::string_view line, std::string_view word, Use use);

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace layering
