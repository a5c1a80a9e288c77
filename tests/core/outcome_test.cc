#include "core/outcome.h"

#include <gtest/gtest.h>

#include "core/words.h"

namespace defenderd {
namespace {

TEST(ChangeResult, EachHasAWordOfItsOwn) {
  constexpr std::array kWithPlanned{ChangeResult::Planned, ChangeResult::Applied,
                                    ChangeResult::Failed, ChangeResult::Withheld};
  expect_distinct_words(kWithPlanned, kSnakeCase);
  EXPECT_EQ(to_text(ChangeResult::Applied), "applied");
  EXPECT_EQ(kAllChangeResults.size() + 1, kWithPlanned.size())
      << "what is only planned is no event and has no series";
}

TEST(ReconcileResult, EachHasAWordOfItsOwn) {
  expect_distinct_words(kAllReconcileResults, kSnakeCase);
  EXPECT_EQ(static_cast<std::size_t>(ReconcileResult::Panic) + 1, kAllReconcileResults.size());
  EXPECT_EQ(to_text(ReconcileResult::InSync), "in_sync");
}

TEST(Outcome, SaysNothingGoodBeforeAnythingWasObserved) {
  const Outcome outcome;
  EXPECT_EQ(outcome.state, State::Unknown);
  EXPECT_EQ(outcome.reason, Reason::NotObservedYet);
  EXPECT_NE(outcome.result, ReconcileResult::InSync);
}

}  // namespace
}  // namespace defenderd
