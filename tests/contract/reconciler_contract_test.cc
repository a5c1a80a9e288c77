// What the reconciler makes of a plan store, with the fake that other tests lean on and with the
// real client over TLS.

#include <gtest/gtest.h>

#include "contract/worlds.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

template <class World>
class ReconcilerContractTest : public PlanStoreContractTest<World> {};

TYPED_TEST_SUITE(ReconcilerContractTest, Worlds);

TYPED_TEST(ReconcilerContractTest, WritesNothingByAnotherSubscriptionsAnswer) {
  this->world_.put_standard(1,
                            {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", false}});
  this->world_.put_standard(2, {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", true}});
  SimFleet fleet(this->world_.plans(), this->clock_);
  this->world_.answer_about_another(1, 2);
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(0s);
  EXPECT_EQ(fleet.last().reason, Reason::MalformedAnswer);
  EXPECT_EQ(this->world_.writes(), 0);
  fleet.run(1min);
  EXPECT_EQ(this->text(this->read(1)),
            "standard AIPromptEvidence=on AIPromptSharingWithPurview=off");
}

TYPED_TEST(ReconcilerContractTest, WritesWhatIsNotRefused) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}, {"AIModelScanner", false}});
  this->world_.put_free(2);
  this->world_.put_free(3);
  this->world_.refuse_extension(1, "AIModelScanner", "AIModelScanner is not offered.");
  this->world_.refuse_extension(2, "AIModelScanner", "The request is invalid.");
  this->world_.refuse_plan(3, "The tier is not offered.");
  const std::vector<DesiredExtension> both{{"AIModelScanner", true}, evidence(true)};
  SimFleet fleet(this->world_.plans(), this->clock_);
  fleet.declare({declared(1, true, both), declared(2, true, both), declared(3, true, both)});
  fleet.run(5min);
  EXPECT_EQ(this->text(this->read(1)), "standard AIModelScanner=off AIPromptEvidence=on");
  EXPECT_EQ(this->text(this->read(2)),
            "standard AIModelScanner=off AIPromptEvidence=on AIPromptSharingWithPurview=on");
  EXPECT_EQ(this->text(this->read(3)), "free");
  for (unsigned n : {1U, 2U}) {
    EXPECT_EQ(fleet.last(subscription_id(n)).reason, Reason::ExtensionFailed) << n;
    EXPECT_NE(fleet.last(subscription_id(n)).message.find("AIModelScanner"), std::string::npos);
  }
  EXPECT_EQ(fleet.last(subscription_id(3)).reason, Reason::InvalidRequest);
  EXPECT_NE(fleet.last(subscription_id(3)).message.find("The tier is not offered"),
            std::string::npos);
  const int writes = this->world_.writes();
  fleet.run(5min);
  EXPECT_EQ(this->world_.writes(), writes) << "what is refused is tried again at long intervals";
}

TYPED_TEST(ReconcilerContractTest, AWriteThatHadToWaitTakesBackNobodysChange) {
  class Waiting final : public PlanStore {
   public:
    Waiting(PlanStore& inner, std::function<void()> happens)
        : inner_(inner), happens_(std::move(happens)) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      return inner_.read(key, stop);
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      auto turn = inner_.await_turn(key, stop);
      happens_();
      return turn;
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                 std::stop_token stop) override {
      return inner_.write(key, wanted, stop);
    }

   private:
    PlanStore& inner_;
    std::function<void()> happens_;
  } waiting(this->world_.plans(), [this] {
    this->clock_.advance(2s);
    this->world_.put_standard(1,
                              {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", true}});
  });
  this->world_.put_standard(1,
                            {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", false}});
  SimFleet fleet(waiting, this->clock_);
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(0s);
  EXPECT_EQ(fleet.last().state, State::InSync) << fleet.last().message;
  EXPECT_EQ(this->text(this->read(1)),
            "standard AIPromptEvidence=on AIPromptSharingWithPurview=on");
}

TYPED_TEST(ReconcilerContractTest, TakesAFailureInAReadForOne) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  this->world_.put_standard(2, {{"AIPromptEvidence", false}});
  this->world_.show_failure(1, "AIPromptEvidence");
  this->world_.show_failure(2, "AIPromptEvidence");
  SimFleet fleet(this->world_.plans(), this->clock_);
  fleet.declare({declared(2, true, {evidence(false)})});
  fleet.run(1min);
  EXPECT_EQ(fleet.last(subscription_id(2)).state, State::InSync) << "it is off as declared";
  EXPECT_EQ(this->world_.writes(), 0);
  this->world_.fail_extension(1, "AIPromptEvidence");
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(1min);
  EXPECT_EQ(fleet.last().reason, Reason::ExtensionFailed);
  EXPECT_NE(fleet.last().message.find("no permission"), std::string::npos);
}

TYPED_TEST(ReconcilerContractTest, WritesOnceWhereReadsLag) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  this->world_.let_reads_lag(1);
  SimFleet fleet(this->world_.plans(), this->clock_);
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(5min);
  EXPECT_EQ(this->world_.writes(), 1);
  EXPECT_EQ(fleet.last().state, State::InSync) << fleet.last().message;
}

TYPED_TEST(ReconcilerContractTest, NamesWhatIsIgnored) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  this->world_.ignore_unknown_extensions(1);
  SimFleet fleet(this->world_.plans(), this->clock_);
  fleet.declare({declared(1, true, {evidence(true), {"AISurprise", true}})});
  fleet.run(1h);
  EXPECT_EQ(fleet.last().state, State::Failing);
  EXPECT_EQ(fleet.last().reason, Reason::ChangeNotApplied);
  EXPECT_LE(this->world_.writes(), 7);
}

TYPED_TEST(ReconcilerContractTest, RecordsAPlanThatWasOffInBetween) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  this->clock_.advance(1min);
  this->world_.before_write([this] {
    this->world_.put_free(1);
    this->world_.before_write({});
  });
  SimFleet fleet(this->world_.plans(), this->clock_);
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(0s);
  EXPECT_EQ(fleet.last().state, State::InSync) << fleet.last().message;
  ASSERT_EQ(fleet.last().changes.size(), 2U);
  EXPECT_TRUE(fleet.last().changes[1].drift.field.is_plan());
  EXPECT_EQ(fleet.last().changes[1].drift.observed, "off");
}

TYPED_TEST(ReconcilerContractTest, EndsInSyncAndThenWritesNothing) {
  this->world_.put_free(1);
  this->world_.put_standard(2, {{"AIPromptEvidence", true}, {"NewOne", true}});
  this->world_.put_standard(3, {{"AIPromptEvidence", true}});
  SimFleet fleet(this->world_.plans(), this->clock_);
  DesiredSubscription nothing_unnamed = declared(1, true, {evidence(false)});
  nothing_unnamed.unnamed_extensions = UnnamedExtensions::Off;
  fleet.declare({nothing_unnamed, declared(2, true, {evidence(false)}), declared(3, false)});
  fleet.run(1s);
  const int writes = this->world_.writes();
  EXPECT_EQ(writes, 3) << "one each";
  EXPECT_EQ(this->text(this->read(1)),
            "standard AIModelScanner=off AIPromptEvidence=off AIPromptSharingWithPurview=off");
  EXPECT_EQ(this->text(this->read(2)), "standard AIPromptEvidence=off NewOne=on");
  EXPECT_EQ(this->text(this->read(3)), "free");
  fleet.run(1h);
  EXPECT_EQ(this->world_.writes(), writes);
  for (unsigned n = 1; n <= 3; ++n)
    EXPECT_EQ(fleet.last(subscription_id(n)).state, State::InSync) << n;
}

}  // namespace
}  // namespace defenderd
