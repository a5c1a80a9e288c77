#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace defenderd {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Unexpected(Error{"an even number is needed"});
  return number / 2;
}

TEST(Result, HoldsAValue) {
  const Result<int> result = half(8);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, 4);
  EXPECT_EQ(result.value(), 4);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = half(7);
  ASSERT_FALSE(result.has_value());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.error(), Error{"an even number is needed"});
}

TEST(Result, KeepsValueAndErrorApartWhereTheyHaveOneType) {
  const Result<int, int> value = 1;
  const Result<int, int> error = Unexpected(1);
  EXPECT_TRUE(value.has_value());
  EXPECT_FALSE(error.has_value());
  EXPECT_FALSE(value == error);
  EXPECT_EQ(error.error(), 1);
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(result);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, GivesItsValueForChangingAndReading) {
  Result<std::string> result = std::string("on");
  result.value() += "e";
  EXPECT_EQ(result->size(), 3U);
  *result = "two";
  EXPECT_EQ(result, Result<std::string>(std::string("two")));
}

TEST(Result, AnErrorCanBeCompletedOnTheWay) {
  Result<int> result = half(3);
  result.error().message += ": 3";
  EXPECT_EQ(result.error().message, "an even number is needed: 3");
}

TEST(Result, DoneIsTheValueOfWhatHasNothingToSay) {
  const Result<Done> result = Done{};
  EXPECT_TRUE(result.has_value());
}

// In every build: what is read otherwise is memory of another type.
TEST(ResultDeathTest, AskingForTheOtherSideEndsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const Result<int> value = 1;
  const Result<int> error = Unexpected(Error{"no"});
  EXPECT_DEATH(static_cast<void>(value.error()), "");
  EXPECT_DEATH(static_cast<void>(error.value()), "");
  EXPECT_DEATH(static_cast<void>(*error), "");
}

}  // namespace
}  // namespace defenderd
