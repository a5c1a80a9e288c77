#include "core/desired_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using testing::ElementsAre;

// "changed sub-1 switchesOff enforces"
std::vector<std::string> texts(const DesiredReview& review) {
  std::vector<std::string> result;
  for (const ReviewItem& item : review.items) {
    std::string text = std::string(to_text(item.edit)) + " " + item.name;
    for (const RedFlag flag : item.flags) text += " " + std::string(to_text(flag));
    result.push_back(text);
  }
  return result;
}

Scope scope(const std::string& group, bool plan = true) {
  Scope result;
  result.name = group;
  result.management_group = group;
  result.declares.plan = plan;
  result.declares.mode = Mode::Enforce;
  return result;
}

DesiredSubscription suspended(DesiredSubscription one, int days) {
  one.suspend = Suspension{WallTime() + std::chrono::hours(24 * days), "maintenance", ""};
  return one;
}

DesiredSubscription with_mode(DesiredSubscription one, Mode mode) {
  one.mode = mode;
  return one;
}

TEST(DesiredReview, IsEmptyForTheSameMeaning) {
  DesiredSubscription moved = declared(1, true);
  moved.source = "other.yaml:7";
  const DesiredReview review = review_edit(desired_state({declared(1, true), declared(2, false)}),
                                           desired_state({declared(2, false), moved}), WallTime());
  EXPECT_TRUE(review.items.empty());
  EXPECT_EQ(review.count(RedFlag::Leaves), 0U);
}

TEST(DesiredReview, CountsAndOrders) {
  const DesiredReview review = review_edit(
      desired_state({declared(1, true), declared(2, true)}, {scope("a"), scope("b", false)}),
      desired_state({declared(3, true), declared(2, false)}, {scope("b"), scope("c")}), WallTime());
  EXPECT_THAT(texts(review), ElementsAre("removed sub-1 leaves", "changed sub-2 switchesOff",
                                         "added sub-3 enforces", "removed a leaves", "changed b",
                                         "added c enforces"));
  EXPECT_EQ(review.subscriptions.removed, 1U);
  EXPECT_EQ(review.subscriptions.changed, 1U);
  EXPECT_EQ(review.subscriptions.added, 1U);
  EXPECT_EQ(review.scopes.removed, 1U);
  EXPECT_EQ(review.scopes.changed, 1U);
  EXPECT_EQ(review.scopes.added, 1U);
  EXPECT_EQ(review.count(RedFlag::SwitchesOff), 1U);
  EXPECT_EQ(review.count(RedFlag::Leaves), 2U);
  EXPECT_EQ(review.count(RedFlag::Enforces), 2U);
}

TEST(DesiredReview, RaisesRedFlags) {
  const DesiredSubscription on = declared(1, true, {evidence(true)});
  const DesiredSubscription observed = with_mode(on, Mode::Observe);
  DesiredSubscription others_off = on;
  others_off.unnamed_extensions = UnnamedExtensions::Off;
  DesiredSubscription unnamed_off = others_off;
  unnamed_off.extensions.clear();
  struct Case {
    const char* what;
    std::vector<DesiredSubscription> before;
    std::vector<DesiredSubscription> after;
    std::string expected;
  };
  for (const Case& item : std::vector<Case>{
           {"the plan off",
            {on},
            {declared(1, false)},
            "changed sub-1 switchesOff stopsCorrecting"},
           {"an extension off",
            {on},
            {declared(1, true, {evidence(false)})},
            "changed sub-1 switchesOff"},
           {"an extension newly off",
            {declared(1, true)},
            {declared(1, true, {evidence(false)})},
            "changed sub-1 switchesOff"},
           {"an extension not named any more",
            {on},
            {declared(1, true)},
            "changed sub-1 stopsCorrecting"},
           {"not named, and so off", {others_off}, {unnamed_off}, "changed sub-1 switchesOff"},
           {"what is not named left alone", {others_off}, {on}, "changed sub-1 stopsCorrecting"},
           {"suspended", {on}, {suspended(on, 2)}, "changed sub-1 stopsCorrecting"},
           {"suspended for longer",
            {suspended(on, 2)},
            {suspended(on, 3)},
            "changed sub-1 stopsCorrecting"},
           {"suspended for less", {suspended(on, 3)}, {suspended(on, 2)}, "changed sub-1 enforces"},
           {"suspended no longer", {suspended(on, 2)}, {on}, "changed sub-1 enforces"},
           {"observed, and suspended no longer",
            {suspended(observed, 2)},
            {observed},
            "changed sub-1"},
           {"what is not named off", {on}, {others_off}, "changed sub-1 switchesOff"},
           {"observed only, and off",
            {observed},
            {with_mode(declared(1, false), Mode::Observe)},
            "changed sub-1 switchesOff"},
           {"enforced", {observed}, {on}, "changed sub-1 enforces"},
           {"enforced and off",
            {observed},
            {declared(1, false)},
            "changed sub-1 switchesOff enforces"},
           {"observed from now on", {on}, {observed}, "changed sub-1 stopsCorrecting"},
           {"new and on", {}, {on}, "added sub-1 enforces"},
           {"new and observed", {}, {observed}, "added sub-1"},
           {"new and off", {}, {declared(1, false)}, "added sub-1 switchesOff enforces"},
           {"new with an extension off",
            {},
            {declared(1, true, {evidence(false)})},
            "added sub-1 enforces"},
           {"new and suspended", {}, {suspended(on, 2)}, "added sub-1"},
           {"new, and suspended until yesterday", {}, {suspended(on, -1)}, "added sub-1 enforces"},
           {"suspended until yesterday", {on}, {suspended(on, -1)}, "changed sub-1"},
           {"suspended until yesterday, and no longer", {suspended(on, -1)}, {on}, "changed sub-1"},
           {"gone", {on}, {}, "removed sub-1 leaves"},
           {"gone and off", {declared(1, false)}, {}, "removed sub-1 leaves"}}) {
    EXPECT_THAT(
        texts(review_edit(desired_state(item.before), desired_state(item.after), WallTime())),
        ElementsAre(item.expected))
        << item.what;
  }
}

TEST(DesiredReview, WhatAScopeExcludesLeaves) {
  Scope excluding = scope("a");
  excluding.exclude = {subscription_id(1)};
  EXPECT_THAT(texts(review_edit(desired_state({}, {scope("a")}), desired_state({}, {excluding}),
                                WallTime())),
              ElementsAre("changed a leaves"));
  EXPECT_THAT(texts(review_edit(desired_state({}, {excluding}), desired_state({}, {scope("a")}),
                                WallTime())),
              ElementsAre("changed a enforces"));
  EXPECT_THAT(texts(review_edit(desired_state({declared(1, true)}, {scope("a")}),
                                desired_state({declared(1, true)}, {excluding}), WallTime())),
              ElementsAre("changed a"))
      << "its entry remains";
}

TEST(DesiredReview, ANewEntryMayStopWhatAScopeCorrects) {
  const DesiredSubscription observed = with_mode(declared(1, true), Mode::Observe);
  EXPECT_THAT(texts(review_edit(desired_state({}, {scope("a")}),
                                desired_state({observed}, {scope("a")}), WallTime())),
              ElementsAre("added sub-1 stopsCorrecting"));
  EXPECT_THAT(texts(review_edit(desired_state({}, {scope("a")}),
                                desired_state({suspended(declared(1, true), 2)}, {scope("a")}),
                                WallTime())),
              ElementsAre("added sub-1 stopsCorrecting"));
  Scope observing = scope("a");
  observing.declares.mode = Mode::Observe;
  EXPECT_THAT(texts(review_edit(desired_state({}, {observing}),
                                desired_state({observed}, {observing}), WallTime())),
              ElementsAre("added sub-1"));
}

TEST(DesiredReview, AScopeThatSelectsOthersIsAnotherScope) {
  Scope tagged = scope("a");
  tagged.tags = {{"env", "prod"}};
  const DesiredReview review =
      review_edit(desired_state({}, {scope("a")}), desired_state({}, {tagged}), WallTime());
  EXPECT_THAT(texts(review), ElementsAre("removed a leaves", "added a enforces"));
  EXPECT_EQ(review.items.back().selects, "managementGroup a, tags env=prod");
  EXPECT_TRUE(review.items.back().is_scope);
}

}  // namespace
}  // namespace defenderd
