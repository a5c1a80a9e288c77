// Text from web pages, word processors, Helm and JSON libraries: accepted where it is clear what is
// meant, otherwise the character is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "desired/read_desired.h"
#include "desired/read_settings.h"
#include "desired/report.h"
#include "support/desired_text.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kId = guid(1);

std::string problems_of(const std::string& text) {
  const auto state = read_desired({{"list.yaml", text}});
  if (state) return "none";
  std::string all;
  for (const Problem& problem : state.error()) all += format(problem) + "\n";
  return all;
}

std::string entry(const std::string& lines) {
  return kDesiredHead + "defaults: {plan: on, mode: enforce}\nsubscriptions:\n" + lines;
}

struct Odd {
  const char* description;
  std::string text;
  const char* name;
  const char* place;
  const char* advice;
};

TEST(OddCharacters, AreNamedWithTheirColumn) {
  const std::string split = kId.substr(0, 8);
  const std::string rest = kId.substr(9);
  for (const Odd& item : std::vector<Odd>{
           {"behind an id", entry("  - id: " + kId + "\u00A0\n"), "U+00A0 NO-BREAK SPACE",
            "column 45 has", "delete it, or write a space"},
           {"before an id", entry("  - id: \u00A0" + kId + "\n"), "U+00A0 NO-BREAK SPACE",
            "column 9 has", "delete it"},
           {"in a quoted id", entry("  - id: \"" + kId + "\u200B\"\n"), "U+200B ZERO WIDTH SPACE",
            "column 46 has", "delete it"},
           {"in an id", entry("  - id: " + split + "\u2011" + rest + "\n"),
            "U+2011 NON-BREAKING HYPHEN", "column 17 has", "write -"},
           {"a dash in an id", entry("  - id: " + split + "\u2013" + rest + "\n"), "U+2013 EN DASH",
            "column 17 has", "write -"},
           {"a soft hyphen", entry("  - id: " + split + "\u00AD-" + rest + "\n"),
            "U+00AD SOFT HYPHEN", "column 17 has", "delete it"},
           {"a joiner", entry("  - id: " + kId + "\u2060\n"), "U+2060 WORD JOINER", "column 45 has",
            "delete it"},
           {"quotes of a word processor", entry("  - id: \u201C" + kId + "\u201D\n"),
            "U+201C LEFT DOUBLE QUOTATION MARK", "column 9 has", "write \""},
           {"around a switch", entry("  - id: " + kId + "\n    plan: \u2018on\u2019\n"),
            "U+2018 LEFT SINGLE QUOTATION MARK", "column 11 has", "write '"},
           {"behind a word", entry("  - id: " + kId + "\n    mode: observe\u202F\n"),
            "U+202F NARROW NO-BREAK SPACE", "column 18 has", "delete it"},
           {"behind a duration", entry("  - id: " + kId + "\n    interval: 5m\u00A0\n"),
            "U+00A0 NO-BREAK SPACE", "column 17 has", "delete it"},
           {"in a key", entry("  - id: " + kId + "\n    plan\u200B: on\n"),
            "U+200B ZERO WIDTH SPACE", "column 9 has", "delete it"},
           {"as an indentation", entry("  - id: " + kId + "\n\u00A0\u00A0\u00A0\u00A0plan: on\n"),
            "U+00A0 NO-BREAK SPACE", "column 1 has", "write a space"},
           {"behind a colon", entry("  - id: " + kId + "\n    plan:\u00A0on\n    mode: observe\n"),
            "U+00A0 NO-BREAK SPACE", "column 10", "write a space"},
           {"behind a colon and letters of several bytes",
            entry("  - id: " + kId + "\n    Z\u00FCrich:\u00A0on\n    mode: observe\n"),
            "U+00A0 NO-BREAK SPACE", "column 12", "write a space"},
           {"in a value behind them", entry("  - {name: Z\u00FCrich, id: " + kId + "\u00A0}\n"),
            "U+00A0 NO-BREAK SPACE", "column 60 has", "delete it"},
           {"behind a tag's value",
            kDesiredHead + "scopes:\n  - {plan: on, mode: enforce, tags: {env: prod\u00A0}}\n",
            "U+00A0 NO-BREAK SPACE", "column 47 has", "put the text in quotes"},
           {"before a tag's name",
            kDesiredHead + "scopes:\n  - {plan: on, mode: enforce, tags: {\uFEFFenv: prod}}\n", "",
            "", "a byte order mark in the middle"},
           {"in a management group",
            kDesiredHead +
                "scopes:\n  - {plan: on, mode: enforce, managementGroup: mg\u2011prod}\n",
            "U+2011 NON-BREAKING HYPHEN", "column 50 has", "write -"},
           {"in the version", "apiVersion: defenderd/v1\u00A0\nkind: DesiredState\n",
            "U+00A0 NO-BREAK SPACE", "column 25 has", "delete it"},
       }) {
    EXPECT_THAT(problems_of(item.text),
                AllOf(HasSubstr(item.name), HasSubstr(item.place), HasSubstr(item.advice)))
        << item.description;
  }
}

// Letters of another script, and those as wide as a CJK character.
TEST(ForeignLetters, AreNamedWithTheirColumnWhereAsciiIsExpected) {
  struct Case {
    std::string text;
    const char* says;
  };
  for (const Case& item : std::vector<Case>{
           {entry("  - id: " + kId + "\n    plan: \u043Eff\n"),
            "expected on or off, found \"\u043Eff\"; column 11 has U+043E, which is not an ASCII "
            "character"},
           {entry("  - id: " + kId + "\n    plan: 'o\uFF46f'\n"), "; column 13 has U+FF46, which"},
           {entry("  - id: " + kId + "\n    mode: obs\u0435rve\n"),
            "; column 14 has U+0435, which"},
           {entry("  - id: " + kId + "\n    interval: \uFF15m\n"), "; column 15 has U+FF15, which"},
           {entry("  - id: " + kId.substr(1) + "\U0001D7CF\n"), "; column 44 has U+1D7CF, which"},
           {entry("  - id: " + kId + "\n    \u0440lan: on\n"), "; column 5 has U+0440, which"},
           {entry("  - {id: " + kId + ", name: Z\u00FCrich, plan: \u043Eff}\n"),
            "; column 68 has U+043E, which"}}) {
    EXPECT_THAT(problems_of(item.text), HasSubstr(item.says));
  }
  EXPECT_THAT(problems_of(entry("  - id: " + kId + "\n    plan: \u2018\u043En\u2019\n")),
              AllOf(HasSubstr("U+2018 LEFT SINGLE"), testing::Not(HasSubstr("U+043E"))))
      << "one at a time";
}

TEST(OddCharacters, AreFineInTextsForPeopleAndInQuotes) {
  const std::string text =
      entry("  - id: " + kId + "\n    name: \u201CChat\u201D \u2013 prod\u00A0EU\n") +
      "scopes:\n  - {tags: {env: \"prod\u00A0\"}}\n";
  const auto state = read_desired({{"list.yaml", text}});
  ASSERT_TRUE(state) << problems_of(text);
  EXPECT_EQ(state->subscriptions[0]->name, "\u201CChat\u201D \u2013 prod\u00A0EU");
  EXPECT_EQ(state->scopes[0].tags[0].value, "prod\u00A0");
}

TEST(WholeNumbers, AreTakenAsHelmAndJsonWriteThem) {
  struct Case {
    std::string text;
    std::optional<int> number;
  };
  for (const Case& item : std::vector<Case>{{"12", 12},
                                            {"1e+01", 10},
                                            {"1.2e+01", 12},
                                            {"12.0", 12},
                                            {"12.", 12},
                                            {"1E1", 10},
                                            {"120e-1", 12},
                                            {"+12", 12},
                                            {"12.5", {}},
                                            {"1.25e+01", {}},
                                            {"1e+06", {}},
                                            {"1e+400", {}},
                                            {"-1e+01", {}},
                                            {"012", {}},
                                            {".inf", {}},
                                            {".nan", {}},
                                            {"0x10", {}},
                                            {"'12'", {}}}) {
    const auto settings = read_settings(
        "apiVersion: defenderd/v1\nkind: Settings\npoll: {workers: " + item.text + "}\n", "s.yaml");
    ASSERT_EQ(settings.has_value(), item.number.has_value()) << item.text;
    if (settings) {
      EXPECT_EQ(settings->poll.workers, *item.number) << item.text;
    }
  }
}

std::string name_of(const std::string& text) {
  const auto state = read_desired({{"list.json", text}});
  return state ? state->subscriptions[0]->name : problems_of(text);
}

std::string json(const std::string& name, const std::string& more = "") {
  return R"({"apiVersion":"defenderd/v1","kind":"DesiredState","subscriptions":[{"id":")" + kId +
         R"(","name":")" + name + R"(","plan":true,"mode":"enforce")" + more + "}]}";
}

TEST(SurrogatePairs, AreOneCharacter) {
  struct Case {
    std::string name;
    std::string_view read;
  };
  for (const Case& item :
       std::vector<Case>{{R"(\ud83d\ude00)", "\U0001F600"},
                         {R"(\uD83D\uDE00)", "\U0001F600"},
                         {R"(a \ud800\udc00 b \udbff\udffd c)", "a \U00010000 b \U0010FFFD c"},
                         {R"(\ud83d\ude00\ud83d\ude01)", "\U0001F600\U0001F601"},
                         {R"(caf\u00e9 \ud83d\ude00)", "caf\u00E9 \U0001F600"},
                         {R"(\\\ud83d\ude00)", "\\\U0001F600"},
                         {R"(\\ud83d\\ude00)", R"(\ud83d\ude00)"},
                         {"\U0001F600", "\U0001F600"}}) {
    EXPECT_EQ(name_of(json(item.name)), item.read) << item.name;
  }
  EXPECT_EQ(name_of(entry("  - id: " + kId + "\n    name: '\\ud83d\\ude00'\n")), R"(\ud83d\ude00)")
      << "no escape without double quotes";
  EXPECT_EQ(name_of(entry("  - id: " + kId + "\n    name: \"\\ud83d\\ude00\"\n")), "\U0001F600");
}

TEST(SurrogatePairs, KeepTheColumnsBehindThem) {
  const std::string text = json(R"(\ud83d\ude00)", R"(,"color":1)");
  EXPECT_THAT(problems_of(text),
              HasSubstr("list.yaml:1:" + std::to_string(text.find("\"color\"") + 1)));
}

TEST(SurrogatePairs, HalfOfOneIsRefusedInWords) {
  for (const char* const half :
       {R"(\ud83d)", R"(\ude00)", R"(\ude00\ud83d)", R"(\ud83dx)", R"(\\ud83d\ude00)"}) {
    EXPECT_THAT(problems_of(json(half)), HasSubstr("write the character itself")) << half;
  }
}

}  // namespace
}  // namespace defenderd
