#pragma once
// A problem of a configuration file, with its position, for the person who edits it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace defenderd {

struct Problem {
  std::string file = {};
  int line = 0;            // 1-based; 0: the problem is the file itself
  int column = 0;          // 1-based, in characters
  std::string path = {};   // "subscriptions[3].promptEvidence"; "" is the whole document
  std::string message;     // expected, found, and a suggestion
  std::size_t others = 0;  // of one that stands for others, which are not shown: their number
  bool operator==(const Problem&) const = default;
};

// "file:line:column: path: message", without the parts that a problem does not have.
[[nodiscard]] std::string format(const Problem& problem);

// One line per problem, each ended by a line feed.
[[nodiscard]] std::string format(const std::vector<Problem>& problems);
// The same as one Error, which has no line feed at its end.
[[nodiscard]] Error as_error(const std::vector<Problem>& problems);

// A file's content under the name that problems show.
struct NamedText {
  std::string name;
  std::string text;
};

}  // namespace defenderd
