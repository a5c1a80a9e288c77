#include "base/rare.h"

#include <gtest/gtest.h>

#include <string>

namespace defenderd {
namespace {

TEST(Rare, IsThereOrNot) {
  Rare<std::string> none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(none.has_value());
  const Rare<std::string> some = std::string("text");
  ASSERT_TRUE(some);
  EXPECT_EQ(*some, "text");
  EXPECT_EQ(some->size(), 4U);
  EXPECT_EQ(Rare<std::string>(std::optional<std::string>()), none);
  EXPECT_EQ(Rare<std::string>(std::optional<std::string>("text")), some);
}

TEST(Rare, CopiesHaveAValueOfTheirOwn) {
  Rare<std::string> one = std::string("one");
  Rare<std::string> copy = one;
  *copy = "two";
  EXPECT_EQ(*one, "one");
  one = copy;
  EXPECT_EQ(one, copy);
  Rare<std::string>& same = one;
  one = same;
  EXPECT_EQ(*one, "two");
  copy.reset();
  EXPECT_NE(one, copy);
  one = copy;
  EXPECT_EQ(one, copy);
}

TEST(Rare, OneThatIsAbsentTakesAPointer) { EXPECT_EQ(sizeof(Rare<std::string>), sizeof(void*)); }

}  // namespace
}  // namespace defenderd
