#include "base/hex.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(Hex, HasTwoLowerCaseDigitsPerByte) {
  EXPECT_EQ(hex_of(std::array<std::uint8_t, 4>{0x00, 0x0F, 0xA0, 0xFF}), "000fa0ff");
  EXPECT_EQ(hex_of({}), "");
}

TEST(Hex, AGuidHasItsDashes) {
  EXPECT_EQ(guid_text({0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC,
                       0xDD, 0xEE, 0xFF}),
            "00112233-4455-6677-8899-aabbccddeeff");
  const auto bytes = parse_guid("00112233-4455-6677-8899-AABBCCDDEEFF");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(guid_text(*bytes), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_FALSE(parse_guid("00112233-4455-6677-8899-aabb-cddeeff"));
}

}  // namespace
}  // namespace defenderd
