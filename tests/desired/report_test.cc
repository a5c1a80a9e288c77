#include "desired/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(Format, LeavesOutWhatAProblemDoesNotHave) {
  EXPECT_EQ(format(Problem{"a.yaml", 3, 7, "plan", "wrong"}), "a.yaml:3:7: plan: wrong");
  EXPECT_EQ(format(Problem{"a.yaml", 3, 7, "", "wrong"}), "a.yaml:3:7: wrong");
  EXPECT_EQ(format(Problem{"a.yaml", 0, 0, "", "missing"}), "a.yaml: missing");
  EXPECT_EQ(format(Problem{.message = "nothing"}), "nothing");
}

TEST(Report, CountsColumnsInCharacters) {
  struct Case {
    std::string_view description;
    std::string_view text;
    Place bytes;
    int column;
  };
  for (const Case& one : std::initializer_list<Case>{
           {"ASCII", "abc", {1, 3}, 3},
           {"after two bytes that are one character", "\xC3\xA9x", {1, 3}, 2},
           {"after four bytes that are one character", "\xF0\x9F\x9A\x80x", {1, 5}, 2},
           {"in another line", "\xC3\xA9\nab", {2, 2}, 2},
           {"behind a byte order mark",
            "\xEF\xBB\xBF"
            "ab",
            {1, 2},
            2},
           {"at the end of the text", "ab", {1, 3}, 3},
           {"beyond the last line", "ab\n", {2, 1}, 1}}) {
    Report report("f", one.text);
    report.add(one.bytes, "", "x");
    std::vector<Problem> problems;
    report.append_to(problems);
    ASSERT_EQ(problems.size(), 1U) << one.description;
    EXPECT_EQ(problems[0].line, one.bytes.line) << one.description;
    EXPECT_EQ(problems[0].column, one.column) << one.description;
  }
}

TEST(Report, GivesProblemsInTheOrderOfTheText) {
  Report report("f", "aaaa\nbbbb\ncccc\n");
  report.add({3, 1}, "", "fourth");
  report.add({1, 2}, "", "first");
  report.add({2, 3}, "", "third");
  report.add({2, 1}, "", "second");
  std::vector<Problem> problems;
  report.append_to(problems);
  std::vector<std::string> messages;
  for (const Problem& problem : problems) messages.push_back(problem.message);
  EXPECT_THAT(messages, testing::ElementsAre("first", "second", "third", "fourth"));
}

TEST(PlaceOf, CountsLinesAndBytes) {
  EXPECT_EQ(place_of("ab\ncd", 0).line, 1);
  EXPECT_EQ(place_of("ab\ncd", 1).column, 2);
  EXPECT_EQ(place_of("ab\ncd", 4).line, 2);
  EXPECT_EQ(place_of("ab\ncd", 4).column, 2);
}

}  // namespace
}  // namespace defenderd
