#include "layering/source_text.h"

#include <gtest/gtest.h>

namespace layering {
namespace {

struct CodeCase {
  const char* description;
  std::string_view source;
  std::string_view code;
};

TEST(CodeOf, LeavesCodeAlone) {
  const std::vector<CodeCase> cases{
      {"code", "int x = 1;\n", "int x = 1;\n"},
      {"line comment", "a // getenv\nb", "a \nb"},
      {"comment over lines keeps their count", "a /* exit\n exit */ b", "a \n b"},
      {"string", R"(f("getenv \" exit");)", "f(\"\");"},
      {"character", "c == '\"' ? exit : 0", "c == '' ? exit : 0"},
      {"digit separator", "1'000 + exit(2'0)", "1'000 + exit(2'0)"},
      {"raw string", "f(R\"x(a \" )\" exit\n)x\") + 1", "f(\n\"\") + 1"},
      {"comment in a string", "f(\"// no\"); g()", "f(\"\"); g()"},
      {"include", "#include \"core/diff.h\"  // why", "#include \"core/diff.h\"  "},
      {"unterminated", "a \"b", "a \"\""},
  };
  for (const CodeCase& c : cases) EXPECT_EQ(code_of(c.source), c.code) << c.description;
}

TEST(IncludesOf, ReadsBothForms) {
  const std::vector<Include> expected{
      {"base/a.h", true, 1}, {"vector", false, 2}, {"nlohmann/json.hpp", false, 3}};
  EXPECT_EQ(
      includes_of("#include \"base/a.h\"\n#include <vector>\n #  include <nlohmann/json.hpp>\n"
                  "// include \"b.h\"\n#define X\n"),
      expected);
}

struct WordCase {
  const char* description;
  std::string_view line;
  std::string_view word;
  Use use;
  bool used;
};

TEST(UsesWord, KnowsAWordFromItsLikes) {
  const std::vector<WordCase> cases{
      {"call", "exit(2);", "exit", Use::Call, true},
      {"qualified call", "std::exit (2);", "exit", Use::Call, true},
      {"part of a longer name", "on_exit(2); exit_code(1);", "exit", Use::Call, false},
      {"member", "thread.exit(); p->exit();", "exit", Use::Call, false},
      {"member of interest", "clock.wall_now()", "wall_now", Use::Member, true},
      {"member that ends alike", "clock.my_wall_now()", "wall_now", Use::Member, false},
      {"no call", "int exit = 0;", "exit", Use::Call, false},
      {"any use", "auto f = &getenv;", "getenv", Use::Name, true},
      {"second occurrence", "my_exit(0); exit(1);", "exit", Use::Call, true},
      {"two words", "std::chrono::system_clock::now()", "system_clock::now", Use::Name, true},
      {"type alone", "std::chrono::system_clock::time_point", "system_clock::now", Use::Name,
       false},
  };
  for (const WordCase& c : cases) {
    EXPECT_EQ(uses_word(c.line, c.word, c.use), c.used) << c.description;
  }
}

}  // namespace
}  // namespace layering
