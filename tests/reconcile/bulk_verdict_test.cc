#include "reconcile/bulk_verdict.h"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/builders.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = WallTime(1000h);

FleetEntry entry_in(State state) {
  FleetEntry entry;
  entry.desired = declared(1, true, {evidence(true)});
  entry.before.state = state;
  return entry;
}

template <class Change>
FleetEntry with(FleetEntry entry, Change change) {
  change(entry);
  return entry;
}

FleetEntry suspended(FleetEntry entry) {
  DesiredSubscription desired = *entry.desired;
  desired.suspend = Suspension{kNow + 1h};
  entry.desired = desired;
  return entry;
}

const std::optional<BulkPlan> kNothing;

std::optional<BulkPlan> row(std::optional<Pricing> pricing) {
  return BulkPlan{subscription_id(1), std::move(pricing)};
}
std::optional<BulkPlan> as_declared() {
  return row(standard_plan({{std::string(kPromptEvidence), true}}));
}
std::optional<BulkPlan> off() { return row(free_plan()); }

struct Row {
  std::string description;
  FleetEntry entry;
  std::optional<BulkPlan> shown;
  BulkVerdict verdict;
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.description; }

TEST(BulkVerdict, IsWhatTheTableSays) {
  const FleetEntry fresh = entry_in(State::Unknown);
  const FleetEntry known = entry_in(State::InSync);
  const auto doubted = [](const FleetEntry& entry, const std::optional<BulkPlan>& shown) {
    return with(entry, [&](FleetEntry& it) { it.doubt = doubt_of(shown ? &*shown : nullptr); });
  };
  const auto waiting = [](FleetEntry& it) { it.failing_since = SteadyTime(1h); };
  const auto read_first = [](FleetEntry& it) { it.read_first = true; };
  const auto unproven = [](FleetEntry& it) {
    it.before.unresolved = Unresolved{{{std::string(kPromptEvidence), "failed"}}, {}};
  };
  using enum BulkVerdict;
  const std::vector<Row> rows{
      {"in sync, shown as declared", known, as_declared(), Vouched},
      {"in sync, shown as declared after a doubt", doubted(known, off()), as_declared(), Vouched},
      {"never observed, shown as declared", fresh, as_declared(), FirstSight},
      {"not in sync in an earlier run, shown as declared", with(fresh, read_first), as_declared(),
       KnownBetter},
      {"in sync, shown off", known, off(), Doubt},
      {"in sync, without a declared extension", known, row(standard_plan()), Doubt},
      {"in sync, shown senselessly", known, row(std::nullopt), Doubt},
      {"in sync, not shown at all", known, kNothing, Doubt},
      {"never observed, shown off", fresh, off(), Doubt},
      {"never observed, not shown at all", fresh, kNothing, Doubt},
      {"in sync, shown off again", doubted(known, off()), off(), KnownBetter},
      {"in sync, still not shown", doubted(known, kNothing), kNothing, KnownBetter},
      {"in sync, shown off after nothing", doubted(known, kNothing), off(), Doubt},
      {"drifted, shown as declared", entry_in(State::Drifted), as_declared(), KnownBetter},
      {"held, shown as declared", entry_in(State::Held), as_declared(), KnownBetter},
      {"contested, shown as declared", entry_in(State::Contested), as_declared(), KnownBetter},
      {"failing, shown as declared", entry_in(State::Failing), as_declared(), KnownBetter},
      {"failing, shown off", entry_in(State::Failing), off(), KnownBetter},
      {"in a normal wait, shown as declared", with(known, waiting), as_declared(), KnownBetter},
      {"never observed, in a normal wait", with(fresh, waiting), as_declared(), KnownBetter},
      {"an extension is unproven", with(known, unproven), as_declared(), KnownBetter},
      {"never observed, suspended", suspended(fresh), as_declared(), KnownBetter},
      {"in sync, suspended", suspended(known), as_declared(), Vouched},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(judge_bulk(row.entry, row.shown ? &*row.shown : nullptr, kNow), row.verdict) << row;
  }
}

TEST(BulkVerdict, DoubtsDifferWhereWhatIsShownDoes) {
  const auto on = as_declared();
  const auto plan_off = off();
  const auto senseless = row(std::nullopt);
  const std::set<std::uint64_t> doubts{doubt_of(nullptr), doubt_of(&*on), doubt_of(&*plan_off),
                                       doubt_of(&*senseless)};
  EXPECT_EQ(doubts.size(), 4U);
}

}  // namespace
}  // namespace defenderd
