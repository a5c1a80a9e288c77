#include "core/spent_codes.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

TEST(SpentCodes, KnowsEachInEitherCase) {
  SpentCodes codes;
  EXPECT_FALSE(codes.contains("1A2b3c4d"));
  codes.add("1A2b3c4d");
  codes.add("1a2B3c4d");
  EXPECT_TRUE(codes.contains("1a2b3C4D"));
  EXPECT_EQ(codes.oldest_first(), std::vector<std::string>{"1a2b3c4d"});
}

TEST(SpentCodes, ForgetsTheOldestOfTooMany) {
  SpentCodes codes;
  for (std::size_t i = 0; i <= SpentCodes::kMost; ++i) codes.add(std::to_string(i));
  EXPECT_EQ(codes.oldest_first().size(), SpentCodes::kMost);
  EXPECT_FALSE(codes.contains("0"));
  EXPECT_TRUE(codes.contains("1"));
  EXPECT_TRUE(codes.contains(std::to_string(SpentCodes::kMost)));
}

}  // namespace
}  // namespace defenderd
