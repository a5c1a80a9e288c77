#include "cli/freeze_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

Freeze freeze(const std::string& reason, std::optional<WallTime> from,
              std::optional<WallTime> until, std::vector<std::string> owners = {}) {
  Freeze result;
  result.reason = reason;
  result.from = from;
  result.until = until;
  result.owners = std::move(owners);
  result.source = "settings.yaml:7";
  return result;
}

TEST(FreezeNotes, NameWhatIsOver) {
  EXPECT_THAT(freeze_notes({freeze("incident", {}, {}), freeze("year-end", {}, kNow),
                            freeze("next", kNow + 1h, kNow + 2h)},
                           nullptr, kNow),
              ElementsAre(FileWarning{"settings.yaml:7",
                                      "the freeze \"year-end\" is over since "
                                      "2026-11-26T00:00:00.000Z; remove it, or set a later time"}));
}

TEST(FreezeNotes, NameOwnersWhomNobodyHas) {
  DesiredSubscription owned = declared(1, true);
  owned.owner = "Payments";
  Scope scope;
  scope.declares.owner = "search";
  const DesiredState desired = desired_state({owned, declared(2, true)}, {scope});
  EXPECT_THAT(freeze_notes({freeze("a", {}, {}, {"payments"}), freeze("b", {}, {}, {"x", "search"}),
                            freeze("c", {}, {}, {"payment"})},
                           &desired, kNow),
              ElementsAre(FileWarning{"settings.yaml:7",
                                      "the freeze \"c\" has no effect: no subscription and no "
                                      "scope has one of its owners; check their spelling"}));
  EXPECT_THAT(freeze_notes({freeze("c", {}, {}, {"payment"})}, nullptr, kNow), IsEmpty());
}

TEST(FreezeNotes, Count) {
  EXPECT_EQ(as_text(count_freezes({}, kNow)), "");
  EXPECT_EQ(as_text(count_freezes({freeze("a", {}, {})}, kNow)), "  freezes: 1 (1 in force)\n");
  EXPECT_EQ(
      as_text(count_freezes(
          {freeze("a", kNow + 1h, {}), freeze("b", {}, kNow), freeze("c", {}, kNow + 1h)}, kNow)),
      "  freezes: 3 (1 in force, 1 over)\n");
}

}  // namespace
}  // namespace defenderd
