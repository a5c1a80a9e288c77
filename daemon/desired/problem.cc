#include "desired/problem.h"

#include <utility>

#include "base/scrub.h"

namespace defenderd {

std::string format(const Problem& problem) {
  std::string result = shown_path(problem.file);
  if (problem.line > 0) {
    result += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  }
  if (!result.empty()) result += ": ";
  if (!problem.path.empty()) result += problem.path + ": ";
  return result + problem.message;
}

std::string format(const std::vector<Problem>& problems) {
  std::string result;
  for (const Problem& problem : problems) result += format(problem) + "\n";
  return result;
}

Error as_error(const std::vector<Problem>& problems) {
  std::string text = format(problems);
  if (text.ends_with('\n')) text.pop_back();
  return Error{std::move(text)};
}

}  // namespace defenderd
