#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace defenderd {
namespace {

TEST(ToLower, ChangesAsciiLettersOnly) {
  EXPECT_EQ(to_lower("AIPromptEvidence-09_Z"), "aipromptevidence-09_z");
  EXPECT_EQ(to_lower("\xC3\x84@[`{"), "\xC3\x84@[`{");
  EXPECT_EQ(to_lower(""), "");
}

TEST(Iequals, ComparesWithoutAsciiCase) {
  EXPECT_TRUE(iequals("True", "tRUE"));
  EXPECT_TRUE(iequals("", ""));
  EXPECT_FALSE(iequals("True", "Tru"));
  EXPECT_FALSE(iequals("True", "False"));
  EXPECT_FALSE(iequals("@", "`")) << "they differ in the bit that tells the case of letters";
  EXPECT_FALSE(iequals("[", "{"));
}

TEST(Trim, TakesWhiteSpaceOffBothEnds) {
  EXPECT_EQ(trim(" \t\r\n\f\va b\n"), "a b");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(trim(""), "");
}

struct Utf8Case {
  const char* description;
  std::string_view text;
  bool valid;
};

TEST(IsValidUtf8, FollowsTheUnicodeStandard) {
  using namespace std::string_view_literals;
  const std::vector<Utf8Case> cases{
      {"empty", "", true},
      {"ASCII with NUL", "a\0b"sv, true},
      {"two bytes, lowest", "\xC2\x80", true},
      {"two bytes, highest", "\xDF\xBF", true},
      {"three bytes, lowest", "\xE0\xA0\x80", true},
      {"last before the surrogates", "\xED\x9F\xBF", true},
      {"first after the surrogates", "\xEE\x80\x80", true},
      {"four bytes, lowest", "\xF0\x90\x80\x80", true},
      {"U+10FFFF", "\xF4\x8F\xBF\xBF", true},
      {"overlong slash in two bytes", "\xC0\xAF", false},
      {"overlong in three bytes", "\xE0\x9F\xBF", false},
      {"overlong in four bytes", "\xF0\x8F\xBF\xBF", false},
      {"surrogate", "\xED\xA0\x80", false},
      {"beyond U+10FFFF", "\xF4\x90\x80\x80", false},
      {"five-byte form", "\xF8\x88\x80\x80\x80", false},
      {"lone continuation", "\x80", false},
      {"cut short", "\xE2\x82", false},
      {"third byte is no continuation", "\xE2\x82z", false},
      {"good text, then bad", "ok\xFF", false},
  };
  for (const Utf8Case& c : cases) EXPECT_EQ(is_valid_utf8(c.text), c.valid) << c.description;
}

struct PrintableCase {
  const char* description;
  std::string_view text;
  std::size_t max_bytes;
  std::string_view shown;
};

TEST(Printable, CannotForgeALogLine) {
  const std::vector<PrintableCase> cases{
      {"plain text stays", "chat-prod \xC3\xA4 \xF0\x9F\x99\x82", 99,
       "chat-prod \xC3\xA4 \xF0\x9F\x99\x82"},
      {"line breaks", "a\r\nlevel=error b", 99, "a  level=error b"},
      {"terminal escape", "\x1B[2Jx\x7Fy", 99, " [2Jx y"},
      {"C1 controls, of which U+009B starts a terminal escape",
       "a\xC2\x9B"
       "2J\xC2\x85"
       "b",
       99, "a 2J b"},
      {"after the C1 controls",
       "a\xC2\xA0"
       "b",
       99,
       "a\xC2\xA0"
       "b"},
      {"line and paragraph separator",
       "a\xE2\x80\xA8"
       "b\xE2\x80\xA9"
       "c",
       99, "a b c"},
      {"direction overrides and isolates",
       "a\xE2\x80\xAE"
       "b\xE2\x81\xA6"
       "c",
       99, "a b c"},
      {"malformed bytes", "a\xFF\xC3", 99, "a??"},
      {"as long as allowed", "abcd", 4, "abcd"},
      {"too long", "abcde", 4, "abcd..."},
      {"cut at a character's border", "abc\xC3\xA4", 4, "abc..."},
      {"nothing", "", 4, ""},
  };
  for (const PrintableCase& c : cases)
    EXPECT_EQ(printable(c.text, c.max_bytes), c.shown) << c.description;
}

TEST(Printable, BoundsWhatItShows) {
  EXPECT_EQ(printable(std::string(100'000, 'x')).size(), 512U + 3U);
}

struct DistanceCase {
  const char* description;
  std::string_view a;
  std::string_view b;
  std::size_t distance;
};

TEST(EditDistance, CountsTypingErrors) {
  const std::vector<DistanceCase> cases{
      {"same", "plan", "plan", 0},
      {"other case", "PLAN", "plan", 0},
      {"one missing", "promtEvidence", "promptEvidence", 1},
      {"one too many", "plaan", "plan", 1},
      {"one wrong", "plen", "plan", 1},
      {"neighbours swapped", "paln", "plan", 1},
      {"swapped and one more", "palns", "plan", 2},
      {"nothing against something", "", "plan", 4},
      {"nothing against nothing", "", "", 0},
      {"nothing in common", "abc", "xyz", 3},
  };
  for (const DistanceCase& c : cases) {
    EXPECT_EQ(edit_distance(c.a, c.b), c.distance) << c.description;
    EXPECT_EQ(edit_distance(c.b, c.a), c.distance) << c.description << ", the other way round";
  }
}

TEST(Nearest, SuggestsOnlyWhatMayHaveBeenMeant) {
  constexpr std::array<std::string_view, 4> kKeys{"plan", "promptEvidence", "purviewSharing",
                                                  "mode"};
  EXPECT_EQ(nearest("promtEvidence", kKeys), "promptEvidence");
  EXPECT_EQ(nearest("PROMPTEVIDENCE", kKeys), "promptEvidence");
  EXPECT_EQ(nearest("mdoe", kKeys), "mode");
  EXPECT_EQ(nearest("interval", kKeys), "");
  EXPECT_EQ(nearest("plan", {}), "");
  EXPECT_EQ(nearest(std::string(65, 'p'), kKeys), "") << "too long to be worth comparing";
}

TEST(Nearest, TakesTheNearestOfSeveral) {
  constexpr std::array<std::string_view, 3> kKeys{"clientSecretFile", "clientSecret", "clientId"};
  EXPECT_EQ(nearest("clientSecet", kKeys), "clientSecret");
}

TEST(AppendUtf8, WritesOneToFourBytes) {
  std::string text;
  for (const std::uint32_t code_point :
       {0x41U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0x10000U, 0x1F600U, 0x10FFFFU}) {
    append_utf8(text, code_point);
  }
  EXPECT_EQ(text,
            "A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBD\xF0\x90\x80\x80"
            "\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF");
  EXPECT_TRUE(is_valid_utf8(text));
}

}  // namespace
}  // namespace defenderd
