#pragma once
// Lines by which a step of a GitHub Actions workflow puts a message beside a line of a file.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

#include <string>
#include <string_view>

namespace defenderd {

struct Annotation {
  std::string_view level = "error";  // or "warning"
  std::string file = {};             // "" is none
  int line = 0;                      // 0 is none
  int column = 0;
  std::string message;
};
// "::error file=a.yaml,line=3,col=5::message" and a line feed. Nothing in it can end the line or
// start another command.
[[nodiscard]] std::string workflow_command(const Annotation& annotation);

}  // namespace defenderd
