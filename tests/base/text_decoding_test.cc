#include "base/text_decoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace defenderd {
namespace {

TEST(DecodedText, DropsWhatIsNotSeen) {
  DecodedText text{std::string("a\0\tb\x7F\u200B\u00E4\u202Ec\U000E0020", 18)};
  ASSERT_TRUE(drop_invisible(text));
  EXPECT_EQ(text.text, "a\tb\u00E4c");
  EXPECT_EQ(text.origin, (std::vector<std::size_t>{0, 2, 3, 8, 9, 13, 18}));
  EXPECT_FALSE(drop_invisible(text));
}

TEST(DecodedText, NothingInvisibleIsLeftByWhatIsRemoved) {
  DecodedText text{
      "a\xC2\xC2\x7F\xAD\xAD\xE2\x80\xC2\xAD\x8B"
      "b"};
  ASSERT_TRUE(drop_invisible(text));
  EXPECT_EQ(text.text, "ab");
  EXPECT_EQ(text.origin, (std::vector<std::size_t>{0, 11, 12}));
}

TEST(DecodedText, HoldsTheBytesOfHex) {
  const auto bytes = [](std::string text) {
    return bytes_of_hex(DecodedText{std::move(text)}).text;
  };
  EXPECT_EQ(bytes("x 48656C6c6f212121!").substr(0, 9), "Hello!!!\n");
  EXPECT_EQ(bytes("a48656C6c6f212121").substr(9), "Hello!!!\n");
  for (const char* const dump :
       {"48:65:6c:6c:6f:21:21:21", "x 4865 6c6c 6f21 2121", "4865-6C6C-6F21-2121-",
        "(48-65-6c 6c 6f 21 21 21)", "4865 6c6c 6f21 2121 41", "ab: 48 65 6c 6c 6f 21 21 21"})
    EXPECT_THAT(bytes(dump), testing::StartsWith("Hello!!!")) << dump;
  for (const char* const none :
       {"", "x", "48656c6c6f2121", "48656c6c 6f212121", "4:8:6:5:6:c:6:c:6:f:2:1:2:1:2:1",
        "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22", "2026-11-27 10:20:30", "00:1A:2B:3C:4D:5E"})
    EXPECT_EQ(bytes(none), "") << none;
  const DecodedText run = bytes_of_hex(DecodedText{"ab: 61 62 63 64 65 66 67 68."});
  EXPECT_EQ(run.text, "abcdefgh\n");
  EXPECT_EQ(run.origin, (std::vector<std::size_t>{4, 7, 10, 13, 16, 19, 22, 25, 27, 28}));
}

TEST(DecodedText, KnowsWhereEachLetterStands) {
  DecodedText text{R"(a%41\u00e4&amp;\"%zz)"};
  ASSERT_TRUE(decode_escapes(text));
  EXPECT_EQ(text.text, "aA\xC3\xA4&\"%zz");
  EXPECT_EQ(text.origin, (std::vector<std::size_t>{0, 1, 4, 4, 10, 15, 17, 18, 19, 20}));
  EXPECT_FALSE(decode_escapes(text));
}

}  // namespace
}  // namespace defenderd
