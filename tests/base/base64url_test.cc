#include "base/base64url.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace defenderd {
namespace {

TEST(Base64url, EncodesAndDecodes) {
  // RFC 4648, section 10, and the two letters that differ.
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
}

TEST(Base64url, ReadsTheOrdinaryAlphabetAndPadding) {
  EXPECT_EQ(from_base64url("+/+/"), "\xfb\xff\xbf");
  EXPECT_EQ(from_base64url("Zg=="), "f");
}

TEST(Base64url, RefusesWhatIsNeither) {
  for (const char* text : {"Z", "Zm9vY", "Zm 9", "Zg=a", "Z\n==", "Zm9v!"})
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

}  // namespace
}  // namespace defenderd
