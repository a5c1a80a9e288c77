#include "telemetry/departures.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/damaged_text.h"
#include "telemetry/departures_section.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using samples::at;

std::vector<Declaration> list(unsigned from, unsigned to, const std::string& file = "a.yaml") {
  std::vector<Declaration> result;
  for (unsigned n = from; n <= to; ++n) {
    DesiredSubscription one = samples::declared(static_cast<int>(n), "sub-" + std::to_string(n));
    one.source = file + ":" + std::to_string(n);
    result.emplace_back(one);
  }
  return result;
}

TEST(Departures, ManyIsMoreThanThreeOrAQuarterOfASmallList) {
  struct Case {
    std::size_t left;
    std::size_t declared;
    bool many;
  };
  for (const Case& one : std::vector<Case>{{0, 10, false},
                                           {1, 1, false},
                                           {1, 2, false},
                                           {2, 8, true},
                                           {2, 9, false},
                                           {3, 13, false},
                                           {3, 12, true},
                                           {4, 10'000, true}}) {
    EXPECT_EQ(is_many_departures(one.left, one.declared), one.many)
        << one.left << " of " << one.declared;
  }
}

TEST(Departures, NamesTheFilesAndRemembersForADay) {
  Departures departures;
  auto before = list(1, 40, "teams/a.yaml");
  auto others = list(41, 46, "scope teams/b.yaml");
  before.insert(before.end(), others.begin(), others.end());
  others = list(47, 50, "scope all risks teams/b.yaml");
  before.insert(before.end(), others.begin(), others.end());
  const DepartedEdit news = departures.edited(before, list(1, 35), at(0));
  EXPECT_EQ(news.left, 15U);
  EXPECT_EQ(news.declared, 50U);
  EXPECT_TRUE(news.many);
  EXPECT_EQ(text_of(news.files),
            "scope all risks in teams/b.yaml (4), teams/a.yaml (5), teams/b.yaml (6)");
  EXPECT_EQ(departures.count(at(0)).many, 15U);
  EXPECT_EQ(departures.count(at(0) + kDepartedShown - 1s).many, 15U);
  EXPECT_EQ(departures.count(at(0) + kDepartedShown).many, 0U);
  EXPECT_TRUE(departures.shown(at(0) + kDepartedShown).empty());
}

TEST(Departures, ForgetsWhatIsDeclaredAgain) {
  Departures departures;
  (void)departures.edited(list(1, 10), list(1, 5), at(0));
  EXPECT_EQ(departures.returned(list(1, 5), at(1)), 0U);
  EXPECT_EQ(departures.returned(list(1, 8), at(1)), 3U);
  EXPECT_EQ(departures.edited(list(1, 5), list(1, 8), at(1)).left, 0U);
  ASSERT_EQ(departures.shown(at(1)).size(), 1U);
  EXPECT_EQ(departures.shown(at(1))[0].away.size(), 2U);
  EXPECT_EQ(departures.shown(at(1))[0].left, 5U);
  EXPECT_EQ(departures.returned(list(1, 10), at(2)), 2U);
  EXPECT_TRUE(departures.shown(at(2)).empty());
}

TEST(Departures, CountsAFewBesideMany) {
  Departures departures;
  (void)departures.edited(list(1, 20), list(2, 20), at(0));
  const WallTime later = at(0) + 1h;
  (void)departures.edited(list(2, 20), list(12, 20), later);
  EXPECT_EQ(departures.count(later).few, 1U);
  EXPECT_EQ(departures.count(later).many, 10U);
  ASSERT_EQ(departures.shown(later).size(), 2U);
  EXPECT_TRUE(departures.shown(later)[0].many) << "the newest first";
}

TEST(Departures, AListThatShrinksStepByStepLosesMany) {
  Departures departures;
  const DepartedEdit first = departures.edited(list(1, 40), list(4, 40), at(0));
  EXPECT_FALSE(first.many);
  EXPECT_EQ(departures.count(at(0)).few, 3U);
  const DepartedEdit second = departures.edited(list(4, 40), list(7, 40), at(0) + 59min);
  EXPECT_TRUE(second.many);
  EXPECT_EQ(message_of(second),
            "3 of 37 subscriptions were removed from the desired state by this edit and are left "
            "as they are: a.yaml (3); 6 were removed within the last hour; if this is a mistake, "
            "declare them again");
  EXPECT_EQ(departures.count(at(0) + 59min).many, 6U) << "the first belongs to it";
  EXPECT_EQ(departures.count(at(0) + 59min).few, 0U);
}

TEST(Departures, OneIsWas) {
  Departures departures;
  EXPECT_EQ(
      message_of(departures.edited(list(1, 40), list(2, 40), at(0))),
      "1 of 40 subscriptions was removed from the desired state by this edit and is left as it "
      "is: a.yaml (1)");
}

TEST(Departures, WhatIsDeclaredAgainOrLeftLongAgoIsNotAddedUp) {
  Departures departures;
  (void)departures.edited(list(1, 40), list(4, 40), at(0));
  EXPECT_EQ(departures.returned(list(2, 40), at(1)), 2U);
  EXPECT_FALSE(departures.edited(list(2, 40), list(4, 40), at(2)).many) << "3 of 40 are away";
  EXPECT_FALSE(departures.edited(list(4, 40), list(7, 40), at(2) + 1h).many);
  EXPECT_TRUE(departures.while_stopped({samples::declared(50, "a").id}, 34, at(3) + 1h).many);
}

// One of twelve each, a quarter together.
TEST(Departures, StepsOfASmallListAddUpToAQuarter) {
  Departures departures;
  EXPECT_FALSE(departures.edited(list(1, 12), list(2, 12), at(0)).many);
  EXPECT_FALSE(departures.edited(list(2, 12), list(3, 12), at(1)).many);
  EXPECT_TRUE(departures.edited(list(3, 12), list(4, 12), at(2)).many) << "3 of 12";
}

TEST(Departures, ForgetsTheOldestOfAHundredEdits) {
  Departures departures;
  for (unsigned n = 1; n <= 150; ++n) {
    (void)departures.edited(list(n, n), list(n + 1, n + 1), at(0));
  }
  EXPECT_EQ(departures.shown(at(0)).size(), 100U);
  EXPECT_EQ(departures.shown(at(0))[0].away.begin()->second, "sub-150");
}

TEST(Departures, OutliveARestartAndItsWindow) {
  Departures before;
  (void)before.edited(list(1, 40, "teams/a.yaml"), list(1, 20), at(0));
  (void)before.edited(list(1, 20), list(2, 20), at(0) + 1h);
  const auto read = parse_departures_section(format(before.memory()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, before.memory());
  Departures after;
  after.recall(*read);
  EXPECT_EQ(after.shown(at(31)), before.shown(at(31)));
  EXPECT_EQ(after.count(at(0) + kDepartedShown).many, 0U);
  EXPECT_EQ(after.count(at(0) + kDepartedShown).few, 1U);
  EXPECT_EQ(after.returned(list(1, 30), at(31)), 11U) << "declared again while it was stopped";
}

TEST(Departures, AnUnknownFormIsAnError) {
  Departures departures;
  (void)departures.edited(list(1, 2), list(2, 2), at(0));
  const std::string good = format(departures.memory());
  expect_rejects_each(good,
                      {{good, "{}"},
                       {"\"many\":false", "\"many\":0"},
                       {"\"left\":1", "\"left\":-1"},
                       {"00000000-", "0-"},
                       {R"("at":"2)", R"("at":"x)"},
                       {"\"away\"", "\"gone\""}},
                      parse_departures_section);
}

}  // namespace
}  // namespace defenderd
