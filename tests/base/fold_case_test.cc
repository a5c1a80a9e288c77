#include "base/fold_case.h"

#include <gtest/gtest.h>

#include <vector>

namespace defenderd {
namespace {

struct Case {
  const char* description;
  std::string_view a;
  std::string_view b;
  bool same;
};

TEST(FoldCase, ComparesLettersOfEachAlphabet) {
  for (const Case& item :
       std::vector<Case>{{"ASCII", "Env", "eNV", true},
                         {"German", "Größe", "GRÖßE", true},
                         {"French", "Équipe", "éQUIPE", true},
                         {"Polish", "Łódź", "ŁÓDŹ", true},
                         {"Turkish letters with a cedilla", "İş", "İŞ", true},
                         {"Greek, with the final sigma", "Κόσμος", "ΚΌΣΜΟΣ", true},
                         {"Cyrillic", "Среда", "СРЕДА", true},
                         {"Armenian", "Գին", "ԳԻՆ", true},
                         {"Georgian", "გარემო", "ᲒᲐᲠᲔᲛᲝ", true},
                         {"Deseret, beyond the first plane", "𐐨", "𐐀", true},
                         {"fullwidth", "ＡＢ", "ａｂ", true},
                         {"Japanese has no case", "環境", "環境", true},
                         {"other letters", "é", "e", false},
                         {"another letter of the alphabet", "Д", "б", false},
                         {"one character for one", "Straße", "STRASSE", false},
                         {"malformed",
                          "\xFF"
                          "A",
                          "\xFF"
                          "a",
                          true},
                         {"malformed and other", "\xC3", "\xE9", false},
                         {"empty", "", "", true}}) {
    EXPECT_EQ(same_but_for_case(item.a, item.b), item.same) << item.description;
    EXPECT_EQ(fold_case(item.a) == fold_case(item.b), item.same) << item.description;
  }
}

TEST(FoldCase, FoldingTwiceChangesNothingMore) {
  for (std::uint32_t letter = 0x80; letter < 0x800; ++letter) {
    const std::string text{static_cast<char>(0xC0U | letter >> 6U),
                           static_cast<char>(0x80U | (letter & 0x3FU))};
    const std::string once = fold_case(text);
    EXPECT_EQ(fold_case(once), once) << text;
  }
}

}  // namespace
}  // namespace defenderd
