#include "app/declared_fleet.h"

#include "app/wired_fleet.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DeclaredFleetTest : public WiredFleet {
 protected:
  static std::vector<DesiredSubscription> all(unsigned last, bool plan) {
    std::vector<DesiredSubscription> result = all_declared(last, plan);
    unsigned n = 0;
    for (DesiredSubscription& one : result) one.source = "teams.yaml:" + std::to_string(++n);
    return result;
  }
  static Settings reads(double per_second) {
    Settings settings;
    settings.azure.reads_per_second = per_second;
    return settings;
  }
};

TEST_F(DeclaredFleetTest, EveryPartHasTheFleet) {
  for (unsigned n = 1; n <= 2; ++n) store_.put(subscription_id(n), free_plan());
  declare({declared(1, true), declared(2, true)}, "abcd");
  EXPECT_EQ(board_.size(), 2U);
  EXPECT_EQ(controller_.stats().declared, 2U);
  ASSERT_FALSE(journaled_.empty());
  EXPECT_EQ(journaled_.front().desired_hash, "abcd");
}

// Four off were confirmed, and one of them left the list before the program was started again.
TEST_F(DeclaredFleetTest, AConfirmationDoesNotOutliveADepartureOverARestart) {
  const Field field = Field::plan(kDeclaredPlan);
  SafetyMemory memory;
  for (unsigned n = 1; n <= 4; ++n) {
    store_.put(subscription_id(n), standard_plan());
    memory.brakes[0].confirmed.push_back({{subscription_id(n), field}, "3f2a91bc"});
  }
  for (unsigned n = 11; n <= 13; ++n)
    memory.brakes[0].switched.push_back({{subscription_id(n), field}, clock_.wall_now()});
  safety_.recall(memory, clock_.wall_now());
  fleet_known_ = false;  // the scopes may cover it
  fleet_.declare(state_of(all(3, false)));
  EXPECT_EQ(safety_.memory().brakes[0].confirmed.size(), 4U);
  fleet_known_ = true;
  fleet_.declare(state_of(all(3, false), "2222"));
  recorder_.declared();
  EXPECT_EQ(safety_.memory().brakes[0].confirmed.size(), 3U);
  declare(all(4, false), "3333");
  EXPECT_EQ(store_.get(subscription_id(3)).tier, Tier::Free);
  EXPECT_EQ(store_.get(subscription_id(4)).tier, Tier::Standard) << "it came back, and is held";
  EXPECT_EQ(safety_.held(BrakeKind::Disable), 1U);
}

TEST_F(DeclaredFleetTest, AListThatArrivesWithoutANewFleetCompletesIt) {
  SafetyMemory memory;
  memory.brakes[0].confirmed = {{{subscription_id(2), Field::plan(kDeclaredPlan)}, "3f2a91bc"}};
  safety_.recall(memory, clock_.wall_now());
  store_.put(subscription_id(1), standard_plan());
  fleet_known_ = false;
  fleet_.declare(state_of(all(1, true)));
  EXPECT_EQ(safety_.memory().brakes[0].confirmed.size(), 1U);
  fleet_known_ = true;
  recorder_.declared();  // as after each listing
  EXPECT_EQ(safety_.memory().brakes[0].confirmed.size(), 0U);
}

TEST_F(DeclaredFleetTest, AnEditReportsWhoLeftByIt) {
  fleet_.declare(state_of(all(40, true)));
  fleet_.edit([&] { fleet_.declare(state_of(all(38, true), "2222")); });
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("left_list"), HasSubstr("\"info\""),
                                         HasSubstr("2 of 40 subscriptions were removed"),
                                         HasSubstr("teams.yaml (2)"))));
  EXPECT_EQ(departures_.count(clock_.wall_now()).few, 2U);
}

TEST_F(DeclaredFleetTest, AnEditThatTakesManyOutIsAWarning) {
  fleet_.declare(state_of(all(40, true)));
  fleet_.edit([&] { fleet_.declare(state_of(all(20, true), "2222")); });
  ASSERT_EQ(logged_.size(), 1U);
  EXPECT_THAT(logged_.back(), AllOf(HasSubstr("\"warn\""), HasSubstr("declare them again")));
  fleet_.edit([&] { fleet_.declare(state_of(all(40, true), "3333")); });
  EXPECT_THAT(logged_.back(),
              HasSubstr("20 subscriptions that had been removed from the desired state are"));
}

TEST_F(DeclaredFleetTest, TheJournalHasEachEditWithItsNumbers) {
  const auto edits = [&] {
    std::vector<std::string> messages;
    for (const JournalLine& line : journaled_)
      if (line.result == "edited") messages.push_back(line.message);
    return messages;
  };
  fleet_.declare(state_of(all(5, true)));
  EXPECT_THAT(edits(), IsEmpty()) << "nothing earlier is known";
  fleet_.declare(state_of(all(4, true)));
  EXPECT_THAT(edits(), IsEmpty()) << "a listing changed what scopes cover";
  std::vector<DesiredSubscription> fleet = all(6, true);
  fleet[0].plan = false;
  fleet.erase(fleet.begin() + 1);
  fleet_.declare(state_of(fleet, "2222"));
  EXPECT_THAT(edits(), ElementsAre("the desired state was edited: 5 subscriptions declared, 2 "
                                   "added, 1 changed, 1 removed"));
  EXPECT_EQ(journaled_.back().desired_hash, "2222");
  CoverageSnapshot shown;
  shown.scopes = 2;
  shown.covered = 3;
  coverage_.set(shown);
  fleet_.declare(state_of(all(7, true), "3333"));
  EXPECT_THAT(edits().back(), HasSubstr("edited: 4 subscriptions and 2 scopes declared; with what "
                                        "the scopes cover, 2 added, 1 changed, 0 removed"));
}

TEST_F(DeclaredFleetTest, AnEditThatKeepsTheFleetReportsNothing) {
  fleet_.declare(state_of(all(3, true)));
  fleet_.edit([&] { fleet_.declare(state_of(all(3, false), "2222")); });
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(DeclaredFleetTest, WarnsOnceOfABudgetThatIsTooSmall) {
  fleet_.apply(reads(0.01));
  EXPECT_THAT(logged_, IsEmpty()) << "nothing is declared";
  fleet_.declare(state_of(all(30, true)));
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("\"warn\"")));
  fleet_.declare(state_of(all(30, false), "2222"));
  EXPECT_EQ(logged_.size(), 1U) << "it is the same warning";
  fleet_.declare(state_of(all(60, false), "3333"));
  EXPECT_EQ(logged_.size(), 2U) << "it is another one";
  fleet_.apply(reads(20));
  fleet_.apply(reads(0.01));
  EXPECT_EQ(logged_.size(), 3U) << "it was over in between";
}

}  // namespace
}  // namespace defenderd
