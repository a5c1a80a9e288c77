#include "desired/file_marks.h"

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace defenderd {

static void PrintTo(Oddity oddity, std::ostream* out) { *out << static_cast<int>(oddity); }

namespace {

using Texts = std::map<std::string, std::string>;

const std::string kList = "head\n- a\n  on\n- b\n  on\n- c\n  on\n";

std::vector<FileMark> marks_of(const Texts& texts) {
  std::vector<FileMark> marks;
  for (const auto& [name, text] : texts)
    marks.push_back(mark_of("/etc/defenderd/" + name, line_hashes(text)));
  return marks;
}

// By their path: after a restart it may be another one. `linked`: files that came by a link.
Odd odd(const Texts& earlier, const Texts& now, const std::string& linked = "") {
  std::map<std::string, LineHashes> lines;
  std::vector<MarkedFile> files;
  for (const auto& [name, text] : now) {
    const LineHashes& of_file = lines[name] = line_hashes(text);
    files.push_back({mark_of("desired/" + name, of_file), &of_file, is_braced(text),
                     linked.find(name) != std::string::npos});
  }
  return odd_since(marks_of(earlier), files);
}

TEST(FileMarks, AFileWithoutItsEndIsOdd) {
  struct Case {
    const char* what;
    std::string now;
    Oddity oddity;
  };
  const std::vector<Case> cases{
      {"the same", kList, Oddity::None},
      {"blank lines at the end", kList + "\n \n", Oddity::None},
      {"without its last line", kList.substr(0, kList.size() - 5), Oddity::EndMissing},
      {"cut in the middle of a line", kList.substr(0, kList.size() - 2), Oddity::EndMissing},
      {"the first half", "head\n- a\n  on\n", Oddity::EndMissing},
      {"edited and cut off", "HEAD\n- a\n  off\n- b\n", Oddity::EndMissing},
      {"appended to", kList + "- d\n  on\n", Oddity::None},
      {"an entry in the middle is gone", "head\n- a\n  on\n- c\n  on\n", Oddity::None},
      {"the last value is another one", kList.substr(0, kList.size() - 3) + "off\n", Oddity::None},
      {"in braces, which show its end", "{a: 1}\n", Oddity::None},
  };
  for (const Case& c : cases) {
    const Odd found = odd({{"list.yaml", kList}}, {{"list.yaml", c.now}});
    EXPECT_EQ(found.oddity, c.oddity) << c.what;
    EXPECT_EQ(found.file, c.oddity == Oddity::None ? "" : "list.yaml") << c.what;
  }
}

TEST(FileMarks, AFileThatIsGoneWhileOthersWereWrittenIsOdd) {
  struct Case {
    const char* what;
    Texts now;
    std::string linked;
    Oddity oddity;
  };
  const Texts both{{"a.yaml", "a\n"}, {"b.yaml", "b\n"}};
  const std::vector<Case> cases{
      {"both are there", both, "", Oddity::None},
      {"only deleted", {{"b.yaml", "b\n"}}, "", Oddity::None},
      {"deleted, and another edited", {{"b.yaml", "B\n"}}, "", Oddity::FilesMissing},
      {"the same, by a swap of links", {{"b.yaml", "B\n"}}, "b.yaml", Oddity::None},
      {"renamed", {{"b.yaml", "b\n"}, {"c.yaml", "a\n"}}, "", Oddity::None},
      {"renamed, and another edited", {{"b.yaml", "B\n"}, {"c.yaml", "a\n"}}, "", Oddity::None},
      {"a new one", {{"a.yaml", "a\n"}, {"b.yaml", "b\n"}, {"c.yaml", "c\n"}}, "", Oddity::None},
  };
  for (const Case& c : cases) {
    const Odd found = odd(both, c.now, c.linked);
    EXPECT_EQ(found.oddity, c.oddity) << c.what;
    EXPECT_EQ(found.file, c.oddity == Oddity::None ? "" : "a.yaml") << c.what;
  }
}

TEST(FileMarks, NothingIsOddWithoutAnEarlierRun) {
  EXPECT_EQ(odd({}, {{"list.yaml", "half\n"}}).oddity, Oddity::None);
}

// As many lines as a large fleet has take no more than a few numbers.
TEST(FileMarks, AreSmall) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "- id: " + std::to_string(i) + "\n  plan: on\n";
  const FileMark mark = mark_of("list.yaml", line_hashes(text));
  EXPECT_EQ(mark.lines, 80'000U);
  EXPECT_LE(mark.end.size(), 65U);
}

}  // namespace
}  // namespace defenderd
