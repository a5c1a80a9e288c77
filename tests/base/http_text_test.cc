#include "base/http_text.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(PercentDecoded, ReplacesEscapesOnly) {
  EXPECT_EQ(percent_decoded(""), "");
  EXPECT_EQ(percent_decoded("a%20b%2Fc%2f+"), "a b/c/+");
  EXPECT_EQ(percent_decoded("%00%ff"), std::string("\0\xFF", 2));
  EXPECT_EQ(percent_decoded("%2541"), "%41") << "once";
  for (const char* const text : {"%", "%4", "%zz", "%4z", "%-1", "%+1", "% 1", "%%"})
    EXPECT_EQ(percent_decoded(text), text);
}

TEST(IsToken, AllowsTheCharactersOfAHeadersName) {
  const std::string allowed =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  EXPECT_TRUE(is_token(allowed));
  EXPECT_FALSE(is_token(""));
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    EXPECT_EQ(is_token("a" + one), allowed.find(one) != std::string::npos) << byte;
  }
}

}  // namespace
}  // namespace defenderd
