#include "app/standby_watch.h"

#include <gmock/gmock.h>

#include "app/recorded.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

class SharedDocument final : public StateStore {
 public:
  explicit SharedDocument(const Result<std::optional<std::string>>& document)
      : document_(document) {}
  Result<std::optional<std::string>> load() override { return document_; }
  Result<Done> save(std::string_view) override { return Done{}; }
  Result<std::string> set_aside() override { return std::string(); }

 private:
  const Result<std::optional<std::string>>& document_;
};

class StandbyWatchTest : public Recorded {
 protected:
  Result<std::optional<std::string>> document_ = std::optional<std::string>();
  ArmResult<Done> proof_ = Done{};
  int proofs_ = 0;
  double chance_ = 0;
  LeadershipStatus leadership_;
  StandbyWatch watch_{{std::make_unique<SharedDocument>(document_),
                       [this](const std::stop_token&) {
                         ++proofs_;
                         return proof_;
                       },
                       [this] { return chance_; }, [this] { return leadership_; }, clock_, log_}};
};

TEST_F(StandbyWatchTest, IsReadyWhenItCouldTakeOver) {
  EXPECT_THAT(*watch_.not_ready(), HasSubstr("has not asked for a token"));
  watch_.step({});
  EXPECT_EQ(watch_.not_ready(), std::nullopt);
  Failure failure;
  failure.message = "the secret has expired";
  proof_ = Unexpected(failure);
  clock_.advance(std::chrono::minutes(2));
  watch_.step({});
  EXPECT_THAT(*watch_.not_ready(), HasSubstr("no token: the secret has expired"));
  proof_ = Done{};
  watch_.step({});
  EXPECT_EQ(watch_.not_ready(), std::nullopt);
  leadership_.failure = "the Kubernetes API does not answer";
  EXPECT_THAT(*watch_.not_ready(), HasSubstr("cannot use the lease"));
}

TEST_F(StandbyWatchTest, ProvesTheCredentialEveryFewMinutesAndAfterAFailureEachTime) {
  chance_ = 0.5;
  watch_.step({});
  clock_.advance(std::chrono::seconds(134));
  watch_.step({});
  EXPECT_EQ(proofs_, 1);
  proof_ = Unexpected(Failure());
  clock_.advance(std::chrono::seconds(1));
  for (int i = 0; i < 3; ++i) watch_.step({});
  EXPECT_EQ(proofs_, 4);
  proof_ = Done{};
  for (int i = 0; i < 3; ++i) watch_.step({});
  EXPECT_EQ(proofs_, 5);
}

TEST_F(StandbyWatchTest, ShowsWhatTheLeaderSaved) {
  watch_.step({});
  EXPECT_EQ(watch_.shared_state().saved, std::nullopt);
  document_ = std::optional<std::string>(
      R"({"version":1,"saved":"2026-01-01T00:00:00.000Z","sections":{"subscriptions":{"inSync":)"
      R"([{"from":"2026-01-01T00:00:00.000Z","afterMs":{"00000000-0000-4000-8000-000000000001":250}}],)"
      R"("inSyncObserved":{},"others":[],"pricings":[]}}})");
  watch_.step({});
  const SharedState shared = watch_.shared_state();
  EXPECT_EQ(shared.error, "");
  EXPECT_EQ(shared.by_state.at(State::InSync), 1U);
  EXPECT_TRUE(shared.saved);
  document_ = Unexpected(Error{"away"});
  watch_.step({});
  EXPECT_EQ(watch_.shared_state().by_state.at(State::InSync), 1U) << "the last that it has read";
  EXPECT_EQ(watch_.shared_state().error, "away");
  EXPECT_THAT(*watch_.not_ready(), HasSubstr("cannot read the shared state: away"));
}

TEST_F(StandbyWatchTest, HasTheHistoryThatTheLeaderSaved) {
  EXPECT_TRUE(watch_.fleet_history()->shares.empty());
  document_ = std::optional<std::string>(
      R"({"version":1,"saved":"2026-01-01T00:00:00.000Z","sections":{)"
      R"("shares":[["2026-01-01T00:00:00.000Z",1,2,3]],"incidents":"damaged",)"
      R"("events":{"since":"2026-01-01T00:00:00.000Z","hours":[["2026-01-01T00:00:00.000Z",1,2,3,4,5]]},)"
      R"("endedIncidents":[{"reason":"Timeout","concerns":"c","since":"2026-01-01T00:00:00.000Z",)"
      R"("most":12,"message":"m","examples":[],"ended":"2026-01-01T01:00:00.000Z"}]}})");
  watch_.step({});
  const auto history = watch_.fleet_history();
  ASSERT_EQ(history->shares.size(), 1U);
  EXPECT_EQ(history->shares[0].different, 2U);
  ASSERT_EQ(history->events.hours.size(), 1U);
  EXPECT_EQ(history->events.hours.begin()->second.edits, 5U);
  ASSERT_EQ(history->ended.size(), 1U);
  EXPECT_EQ(history->ended[0].incident.most, 12U);
  EXPECT_TRUE(history->active.empty()) << "a section that cannot be parsed hides no other";
  document_ = Unexpected(Error{"away"});
  watch_.step({});
  EXPECT_EQ(watch_.fleet_history()->shares.size(), 1U) << "the last that it has read";
}

TEST_F(StandbyWatchTest, ADamagedStateIsSaid) {
  document_ = std::optional<std::string>("{");
  watch_.step({});
  EXPECT_NE(watch_.shared_state().error, "");
  EXPECT_EQ(watch_.shared_state().saved, std::nullopt);
}

TEST_F(StandbyWatchTest, PassesTheLastGoodFilesOn) {
  DesiredState desired;
  desired.hash = "abc";
  watch_.set_desired(desired);
  EXPECT_EQ(watch_.take_desired().hash, "abc");
}

}  // namespace
}  // namespace defenderd
