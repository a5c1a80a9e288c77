#include "base/shared.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace defenderd {
namespace {

using Text = Shared<std::string>;

TEST(Shared, ReadsAsItsValue) {
  const Text text = std::string("abc");
  EXPECT_EQ(*text, "abc");
  EXPECT_EQ(text->size(), 3U);
  const std::string& plain = text;
  EXPECT_EQ(&plain, &*text) << "no copy";
}

TEST(Shared, StandsForAnEmptyValueByItself) {
  const Text none;
  EXPECT_EQ(*none, "");
  EXPECT_EQ(none, Text(std::string())) << "equal, whether it was made or not";
  Text moved = std::string("abc");
  const Text taken = std::move(moved);
  EXPECT_EQ(*taken, "abc");
  EXPECT_EQ(*moved, "") << "and so does what was moved from";  // NOLINT(bugprone-use-after-move)
}

TEST(Shared, IsTheSameWhenCopiedAndEqualWhenMadeAnew) {
  const Text first = std::string("abc");
  const Text copy = first;  // NOLINT(performance-unnecessary-copy-initialization)
  const Text again = std::string("abc");
  const Text other = std::string("abd");
  EXPECT_TRUE(copy.is(first));
  EXPECT_EQ(&*copy, &*first);
  EXPECT_FALSE(again.is(first));
  EXPECT_EQ(again, first);
  EXPECT_NE(other, first);
  EXPECT_EQ(first, std::string("abc"));
}

TEST(Shared, GivesWayWithoutTouchingOthers) {
  Text one = std::string("old");
  const Text other = one;
  one = std::string("new");
  EXPECT_EQ(*one, "new");
  EXPECT_EQ(*other, "old");
}

}  // namespace
}  // namespace defenderd
