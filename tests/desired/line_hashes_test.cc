#include "desired/line_hashes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

// Entries that all end alike, as those of a generated list do.
std::string entry(int number) {
  return "  - id: " + std::to_string(number) + "\n    plan: on\n    promptEvidence: off\n";
}

std::string list(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += entry(i);
  return text;
}

bool lacks(const std::string& text, const std::string& whole) {
  return lacks_the_end_of(line_hashes(text), line_hashes(whole));
}

TEST(LineHashes, LeaveOutWhatIsBlankOrUnfinishedAtTheEnd) {
  EXPECT_EQ(line_hashes("a\nb\n"), line_hashes("a\nb\n\n \n"));
  EXPECT_EQ(line_hashes("a\nb\n"), line_hashes("a\nb\nc"));
  EXPECT_EQ(line_hashes("a\n\nb\n").size(), 3U);
  EXPECT_TRUE(line_hashes("\n\n").empty());
  EXPECT_TRUE(line_hashes("").empty());
}

TEST(LineHashes, EveryStrictPrefixLacksTheEnd) {
  const std::string whole = "kind: x\n" + list(1, 5);
  const LineHashes lines = line_hashes(whole);
  for (std::size_t size = whole.find('\n') + 1; size < whole.size(); ++size) {
    const std::string prefix = whole.substr(0, size);
    EXPECT_TRUE(lacks_the_end_of(line_hashes(prefix), lines) || lacks_line_end(prefix)) << size;
  }
  EXPECT_FALSE(lacks(whole, whole));
}

struct Case {
  const char* description;
  std::string text;
  bool lacks;
};

TEST(LineHashes, TellACutFromAnEdit) {
  const std::string whole = "kind: x\n" + list(1, 9);
  for (const Case& one : std::vector<Case>{
           {"an entry more at the end", whole + entry(10), false},
           {"an entry more at the start", "kind: x\n" + entry(0) + list(1, 9), false},
           {"one in the middle goes", "kind: x\n" + list(1, 4) + list(6, 9), false},
           {"the first goes", "kind: x\n" + list(2, 9), false},
           {"the last changes",
            "kind: x\n" + list(1, 8) + "  - id: 9\n    plan: off\n    promptEvidence: off\n",
            false},
           {"the last loses a line", "kind: x\n" + list(1, 8) + "  - id: 9\n    plan: off\n", true},
           {"the last is renamed", "kind: x\n" + list(1, 8) + entry(77), false},
           {"others altogether", "kind: x\n" + list(20, 22), false},
           {"cut", "kind: x\n" + list(1, 4), true},
           {"cut, after an edit", "kind: y\n" + entry(0) + list(2, 5), true},
           {"cut within an entry, after an edit", "kind: y\n" + list(1, 4) + "  - id: 5\n", true},
           {"cut behind an edit", "kind: x\n" + list(1, 4) + entry(77), true},
           {"cut within an edit", "kind: x\n" + list(1, 4) + "  - id: 77\n", true},
           {"nothing but the head", "kind: x\n", true},
           {"nothing", "", false},
       }) {
    EXPECT_EQ(lacks(one.text, whole), one.lacks) << one.description;
  }
  EXPECT_FALSE(lacks("a\n", ""));
}

TEST(LineEnd, IsMissedButNotInJson) {
  EXPECT_TRUE(lacks_line_end("a: b"));
  EXPECT_FALSE(lacks_line_end("a: b\n"));
  EXPECT_FALSE(lacks_line_end(""));
  EXPECT_FALSE(lacks_line_end("{\"a\": 1}"));
  EXPECT_TRUE(lacks_line_end("{\"a\": 1"));
  EXPECT_TRUE(is_braced(" {\"a\": {}}\n"));
  EXPECT_FALSE(is_braced("- {a: b}\n"));
}

}  // namespace
}  // namespace defenderd
