#include "core/reason.h"

#include <gtest/gtest.h>

#include "core/words.h"

namespace defenderd {
namespace {

TEST(State, EachHasAWordOfItsOwn) {
  expect_distinct_words(kAllStates, kSnakeCase);
  EXPECT_EQ(static_cast<std::size_t>(State::Suspended) + 1, kAllStates.size());
  EXPECT_EQ(to_text(State::InSync), "in_sync");
  EXPECT_EQ(to_text(State::Unknown), "unknown");
}

TEST(Reason, EachHasACamelCaseWordOfItsOwn) {
  expect_distinct_words(all_reasons(), kLetters);
  for (const Reason reason : all_reasons()) {
    const char first = to_text(reason).front();
    EXPECT_TRUE(first >= 'A' && first <= 'Z') << to_text(reason);
  }
}

TEST(Reason, AllOfThemAreListed) {
  EXPECT_EQ(all_reasons().front(), Reason::NotObservedYet);
  EXPECT_EQ(all_reasons().back(), Reason::InternalError);
  EXPECT_EQ(to_text(Reason::DisableBrake), "DisableBrake");
}

}  // namespace
}  // namespace defenderd
