// Freezes without a week: when they hold, and whom they concern. Weekly ones need time zones:
// desired/weekly_freeze_test.cc.

#include "core/freeze.h"

#include <gtest/gtest.h>

#include "core/diff.h"
#include "support/builders.h"

namespace defenderd {
namespace {

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1);
constexpr auto kHour = std::chrono::hours(1);

bool in_force(const Freeze& freeze) {
  const auto span = current_or_next(freeze, kNow);
  return span && includes(*span, kNow);
}

TEST(Freezes, HoldFromTheirBeginningToTheirEnd) {
  struct Row {
    const char* description;
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    bool in_force;
    bool over;
  };
  const std::vector<Row> rows{
      {"without times", {}, {}, true, false},
      {"has begun", kNow - kHour, {}, true, false},
      {"begins now", kNow, {}, true, false},
      {"is to begin", kNow + kHour, {}, false, false},
      {"is to end", {}, kNow + kHour, true, false},
      {"ends now", {}, kNow, false, true},
      {"has ended", {}, kNow - kHour, false, true},
      {"between", kNow - kHour, kNow + kHour, true, false},
      {"both in the future", kNow + kHour, kNow + 2 * kHour, false, false},
      {"both in the past", kNow - 2 * kHour, kNow - kHour, false, true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const Freeze freeze{.reason = "r", .from = row.from, .until = row.until};
    EXPECT_EQ(in_force(freeze), row.in_force);
    EXPECT_EQ(!current_or_next(freeze, kNow), row.over);
  }
}

TEST(Freezes, ConcernTheChangesTheySay) {
  DesiredSubscription payments = declared(1, true);
  payments.owner = "Payments";
  const DesiredSubscription nobodys = declared(2, true);
  const Drift on{Field::plan(kDeclaredPlan), true, "off"};
  const Drift off{Field::plan(kDeclaredPlan), false, "on"};
  const Freeze all{.reason = "r"};
  const Freeze careful{.reason = "r", .except_enable = true};
  const Freeze theirs{.reason = "r", .owners = {"search", "payments"}};
  for (const Drift* const drift : std::vector<const Drift*>{&on, &off, nullptr}) {
    EXPECT_TRUE(concerns(all, nobodys, drift));
    EXPECT_TRUE(concerns(theirs, payments, drift)) << "case is of no matter";
    EXPECT_FALSE(concerns(theirs, nobodys, drift));
  }
  DesiredSubscription shared = nobodys;
  shared.owner = "platform";
  shared.other_owners = std::vector<std::string>{"PAYMENTS"};
  EXPECT_TRUE(concerns(theirs, shared, &on)) << "another scope that covers it has that owner";
  DesiredSubscription doctors = nobodys;
  doctors.owner = "ärzte";
  EXPECT_TRUE(concerns({.reason = "r", .owners = {"ÄRZTE"}}, doctors, &on));
  EXPECT_FALSE(concerns(careful, nobodys, &on));
  EXPECT_TRUE(concerns(careful, nobodys, &off));
  EXPECT_FALSE(concerns(careful, nobodys, nullptr)) << "something may be written";
}

TEST(Freezes, AreDescribedForPeople) {
  const auto freeze =
      std::make_shared<const Freeze>(Freeze{.reason = "year-end", .by = "platform team"});
  EXPECT_EQ(describe({freeze, kNow}),
            "writes are frozen until 2026-12-01T00:00:00.000Z: year-end (platform team)");
  EXPECT_EQ(describe({std::make_shared<const Freeze>(Freeze{.reason = "incident 4711"}), {}}),
            "writes are frozen until the freeze is removed: incident 4711");
}

}  // namespace
}  // namespace defenderd
