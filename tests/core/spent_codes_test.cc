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

TEST(SpentCodes, KnowsWhichAreWithdrawn) {
  SpentCodes codes;
  codes.add("0badc0de");
  const std::uint64_t before = codes.revision();
  for (const char* const code : {"", "0BADC0DE", "3F2a91bc", "3f2a91bc"}) codes.withdraw(code);
  EXPECT_TRUE(codes.is_withdrawn("3f2a91BC"));
  EXPECT_EQ(codes.withdrawn(), std::vector<std::string>{"3f2a91bc"}) << "not one that was used";
  EXPECT_GT(codes.revision(), before);
  EXPECT_FALSE(codes.is_fresh("3f2a91bc"));
  EXPECT_FALSE(codes.is_fresh("0badc0de"));
  EXPECT_TRUE(codes.is_fresh("12345678"));
  for (std::size_t i = 0; i < SpentCodes::kMostWithdrawn; ++i) codes.withdraw(std::to_string(i));
  EXPECT_EQ(codes.withdrawn().size(), SpentCodes::kMostWithdrawn);
  EXPECT_TRUE(codes.is_fresh("3f2a91bc")) << "the oldest";
  EXPECT_FALSE(codes.is_fresh("0"));
}

}  // namespace
}  // namespace defenderd
