#include "cli/workflow_command.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(WorkflowCommand, NamesThePlaceAndEscapes) {
  struct Case {
    const char* what;
    Annotation annotation;
    std::string expected;
  };
  for (const Case& item : std::vector<Case>{
           {"a position",
            {"error", "a.yaml", 3, 5, "bad"},
            "::error file=a.yaml,line=3,col=5::bad\n"},
           {"no column", {"warning", "a.yaml", 3, 0, "odd"}, "::warning file=a.yaml,line=3::odd\n"},
           {"a file", {"error", "a.yaml", 0, 0, "gone"}, "::error file=a.yaml::gone\n"},
           {"no place", {"warning", "", 0, 0, "slow"}, "::warning::slow\n"},
           {"a path from here",
            {"error", "./teams/a.yaml", 1, 1, "bad"},
            "::error file=teams/a.yaml,line=1,col=1::bad\n"},
           {"separators in a name",
            {"error", "a,b:c%.yaml", 1, 1, "50%: a, b"},
            "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1::50%25: a, b\n"},
           {"another command in the text",
            {"error", "a.yaml", 1, 1, "one\n::set-output name=x::y\r\n"},
            "::error file=a.yaml,line=1,col=1::one ::set-output name=x::y  \n"},
           {"what can hardly be a name",
            {"error", "a\n::stop-commands::x", 1, 1, "bad"},
            "::error file=(a path that is not shown%3A it contains a "
            "line end),line=1,col=1::bad\n"}}) {
    EXPECT_EQ(workflow_command(item.annotation), item.expected) << item.what;
  }
}

}  // namespace
}  // namespace defenderd
