#include "core/election.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Answer = LeaseAnswer::Kind;
using Call = LeaseCall::Kind;

constexpr LeaseTiming kTiming{};  // client-go's: 15 s, 10 s, 2 s

LeaseRecord held_by(const std::string& holder, std::optional<Duration> duration = seconds(15)) {
  LeaseRecord record;
  record.holder = holder;
  record.duration = duration;
  record.acquired = "2026-01-01T00:00:00.000000Z";
  record.renewed = "2026-01-01T00:00:00.000000Z";
  record.transitions = 3;
  return record;
}

class ElectionTest : public testing::Test {
 protected:
  std::optional<LeaseCall> next() { return election_.next(now_, wall()); }
  void answer(Answer kind, const LeaseRecord& record = {}) {
    election_.answered({kind, record}, now_, now_, 0);
  }
  void wait(Duration duration) { now_ += duration; }
  [[nodiscard]] WallTime wall() const {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(now_.time_since_epoch()));
  }
  [[nodiscard]] bool may_write() const {
    return election_.leads() && now_ <= election_.term().begin_until;
  }
  // Takes a lease that does not exist.
  void lead() {
    ASSERT_EQ(next()->kind, Call::Read);
    answer(Answer::None);
    const auto call = next();
    ASSERT_EQ(call->kind, Call::Create);
    answer(Answer::Written, call->record);
    ASSERT_TRUE(election_.leads());
  }
  // The renewal that is due finds that the lease has changed; what a read shows then.
  void lose_sight(Answer kind, const LeaseRecord& record = {}) {
    ASSERT_EQ(next()->kind, Call::Update);
    answer(Answer::Conflict);
    ASSERT_EQ(next()->kind, Call::Read) << "at once";
    answer(kind, record);
  }
  LeaseRecord renew() {
    now_ = election_.next_at();
    const auto call = next();
    EXPECT_EQ(call->kind, Call::Update);
    answer(Answer::Written, call->record);
    return call->record;
  }

  SteadyTime now_{seconds(1000)};
  Election election_{"me", "http://me", kTiming};
};

TEST_F(ElectionTest, ALeaseThatDoesNotExistIsCreated) {
  EXPECT_EQ(next()->kind, Call::Read);
  EXPECT_FALSE(election_.leads());
  answer(Answer::None);
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Create);
  EXPECT_EQ(call->record.holder, "me");
  EXPECT_EQ(call->record.url, "http://me");
  EXPECT_EQ(call->record.transitions, 0);
  EXPECT_EQ(call->record.acquired, "1970-01-01T00:16:40.000000Z");
  answer(Answer::Written, call->record);
  EXPECT_TRUE(may_write());
  EXPECT_EQ(next(), std::nullopt) << "the next attempt is a retry period later";
}

TEST_F(ElectionTest, SomebodyWasFasterToCreateIt) {
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::None);
  EXPECT_EQ(next()->kind, Call::Create);
  answer(Answer::Conflict);
  EXPECT_FALSE(election_.leads());
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(ElectionTest, ARenewalKeepsWhenItWasTakenAndHowOftenItChanged) {
  lead();
  const std::string taken = election_.view().record()->acquired;
  const LeaseRecord record = renew();
  EXPECT_EQ(record.acquired, taken);
  EXPECT_NE(record.renewed, taken);
  EXPECT_EQ(record.transitions, 0);
  EXPECT_EQ(election_.leadership(), 1U);
}

TEST_F(ElectionTest, OneThatIsHeldIsNotTakenBeforeItHasNotChangedForItsDuration) {
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::Found, held_by("other"));
  for (int i = 0; i < 20; ++i) {
    if (election_.next_at() >= SteadyTime(seconds(1000) + seconds(15))) break;
    now_ = election_.next_at();
    EXPECT_EQ(next()->kind, Call::Read);
    answer(Answer::Found, held_by("other"));
    EXPECT_EQ(next(), std::nullopt);
  }
  now_ = std::max(SteadyTime(seconds(1015)), election_.next_at());
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::Found, held_by("other"));
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Update);
  EXPECT_EQ(call->record.transitions, 4);
  EXPECT_EQ(call->record.acquired, call->record.renewed);
  answer(Answer::Written, call->record);
  EXPECT_TRUE(may_write());
}

TEST_F(ElectionTest, EachRenewalOfTheOtherStartsTheWaitAgain) {
  LeaseRecord record = held_by("other");
  for (int i = 0; i < 100; ++i) {
    now_ = std::max(now_, election_.next_at());
    ASSERT_EQ(next()->kind, Call::Read);
    record.renewed = "renewal " + std::to_string(i);
    answer(Answer::Found, record);
    ASSERT_EQ(next(), std::nullopt);
    ASSERT_FALSE(election_.leads());
  }
}

struct OddRecord {
  const char* what;
  LeaseRecord record;
  Duration wait;  // before it may be taken
};

std::vector<OddRecord> odd_records() {
  LeaseRecord past = held_by("other");
  past.renewed = past.acquired = "1970-01-01T00:00:00.000000Z";
  LeaseRecord future = held_by("other");
  future.renewed = "9999-12-31T23:59:59.000000Z";
  LeaseRecord rubbish = held_by("other");
  rubbish.renewed = "yesterday";
  LeaseRecord none = held_by("other");
  none.renewed = none.acquired = "";
  return {{"renewed long ago by its clock", past, seconds(15)},
          {"renewed in the future by its clock", future, seconds(15)},
          {"a time that is none", rubbish, seconds(15)},
          {"no times", none, seconds(15)},
          {"its duration counts, not ours: longer", held_by("other", seconds(60)), seconds(60)},
          {"its duration counts, not ours: shorter", held_by("other", seconds(1)), seconds(1)},
          {"no duration: ours", held_by("other", std::nullopt), seconds(15)},
          {"given back", held_by(""), seconds(0)}};
}

TEST(ElectionTable, TimesInTheRecordNeverShortenTheWait) {
  for (const OddRecord& row : odd_records()) {
    const SteadyTime start{seconds(1000)};
    LeaseView view("me", kTiming);
    view.saw(row.record, start);
    if (row.wait > Duration::zero()) {
      EXPECT_TRUE(view.is_held_by_other(start + row.wait - milliseconds(1))) << row.what;
    }
    EXPECT_FALSE(view.is_held_by_other(start + row.wait)) << row.what;
  }
}

TEST_F(ElectionTest, ALeaderThatCannotRenewStopsWritingBeforeAnotherMayBegin) {
  lead();
  const SteadyTime renewed = now_;
  while (now_ < renewed + seconds(15)) {
    now_ = election_.next_at();
    const auto call = next();
    ASSERT_TRUE(call);
    answer(Answer::Failed);
    if (now_ > renewed + kTiming.renew_deadline) {
      EXPECT_FALSE(may_write());
    }
  }
  EXPECT_TRUE(election_.leads()) << "nobody else is known to lead";
  EXPECT_LT(election_.term().end_until, renewed + kTiming.duration);
  EXPECT_LT(election_.term().begin_until, election_.term().end_until);
}

TEST_F(ElectionTest, IfNobodyLedMeanwhileItGoesOn) {
  lead();
  wait(seconds(300));
  ASSERT_EQ(next()->kind, Call::Update) << "of the version that it has seen last";
  answer(Answer::Written, election_.view().mine("later", ""));
  EXPECT_TRUE(may_write());
  EXPECT_EQ(election_.leadership(), 1U) << "the same leadership";
}

TEST_F(ElectionTest, IfSomebodyLedMeanwhileItIsAnotherLeadership) {
  lead();
  wait(seconds(300));
  lose_sight(Answer::Found, held_by(""));
  EXPECT_FALSE(election_.leads()) << "another one has led, and given it back";
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Update);
  answer(Answer::Written, call->record);
  EXPECT_TRUE(may_write());
  EXPECT_EQ(election_.leadership(), 2U);
}

TEST_F(ElectionTest, AnAnswerThatWasLostIsFoundByReading) {
  lead();
  now_ = election_.next_at();
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Update);
  answer(Answer::Failed);  // it was written, and the answer was lost
  now_ = election_.next_at();
  lose_sight(Answer::Found, call->record);
  EXPECT_TRUE(election_.leads());
  ASSERT_EQ(next()->kind, Call::Update);
  answer(Answer::Written, election_.view().mine("now", ""));
  EXPECT_TRUE(may_write());
  EXPECT_EQ(election_.leadership(), 1U);
}

TEST_F(ElectionTest, OneThatSomebodyTookIsLostAtOnce) {
  lead();
  now_ = election_.next_at();
  lose_sight(Answer::Found, held_by("other"));
  EXPECT_FALSE(election_.leads());
  EXPECT_EQ(election_.term().begin_until, SteadyTime());
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(ElectionTest, ADeletedLeaseIsCreatedAgainByItsLeader) {
  lead();
  now_ = election_.next_at();
  lose_sight(Answer::None);
  EXPECT_TRUE(election_.leads()) << "its term is not over";
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Create);
  answer(Answer::Written, call->record);
  EXPECT_EQ(election_.leadership(), 1U);
}

TEST_F(ElectionTest, ADeletedLeaseStopsWritingUntilItIsCreated) {
  lead();
  now_ = election_.next_at();
  lose_sight(Answer::None);
  EXPECT_FALSE(may_write());
  EXPECT_EQ(next()->kind, Call::Create);
  answer(Answer::Conflict);
  EXPECT_FALSE(may_write()) << "somebody was faster";
  EXPECT_TRUE(election_.view().record()) << "what is shown to people";
}

TEST_F(ElectionTest, AStandbyWaitsForTheHolderOfADeletedLease) {
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::Found, held_by("other"));
  wait(seconds(14));  // the holder has renewed it since, which was not seen
  ASSERT_EQ(next()->kind, Call::Read);
  answer(Answer::None);
  const SteadyTime gone = now_;
  while (now_ < gone + seconds(15)) {
    ASSERT_EQ(next(), std::nullopt) << "its holder may not know yet";
    now_ = election_.next_at();
    ASSERT_EQ(next()->kind, Call::Read);
    answer(Answer::None);
  }
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Create);
  EXPECT_EQ(call->record.transitions, 4);
}

TEST_F(ElectionTest, LooksFarApartDoNotAddUp) {
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::Found, held_by("other"));
  now_ = election_.next_at();
  ASSERT_EQ(next()->kind, Call::Read);
  answer(Answer::None);
  wait(seconds(60));  // the process stood still: meanwhile it was created, and deleted again
  ASSERT_EQ(next()->kind, Call::Read);
  answer(Answer::None);
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(ElectionTest, ADeletedLeaseAfterItsTermIsAnotherLeadership) {
  lead();
  wait(seconds(30));
  lose_sight(Answer::None);
  EXPECT_FALSE(election_.leads());
  const SteadyTime gone = now_;
  while (now_ < gone + seconds(15)) {
    ASSERT_EQ(next(), std::nullopt) << "another one may have had it since, and not know yet";
    now_ = election_.next_at();
    ASSERT_EQ(next()->kind, Call::Read);
    answer(Answer::None);
  }
  const auto call = next();
  ASSERT_EQ(call->kind, Call::Create);
  answer(Answer::Written, call->record);
  EXPECT_EQ(election_.leadership(), 2U);
}

TEST_F(ElectionTest, ATermCountsFromWhenTheRequestWasSent) {
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::None);
  const auto call = next();
  const SteadyTime sent = now_;
  wait(seconds(8));  // the answer took so long
  election_.answered({Answer::Written, call->record}, sent, now_, 0);
  EXPECT_EQ(election_.term().end_until, sent + seconds(12));
}

TEST_F(ElectionTest, OneThatHasResignedIsNoCandidateAndNeverLeadsByALateAnswer) {
  lead();
  now_ = election_.next_at();
  const auto call = next();
  election_.resign(now_ + seconds(60));
  answer(Answer::Written, call->record);
  EXPECT_FALSE(election_.leads());
  EXPECT_TRUE(election_.view().is_mine()) << "to be given back";
  LeaseRecord free = held_by("");
  free.duration = seconds(1);
  EXPECT_EQ(next()->kind, Call::Read) << "to know who leads";
  answer(Answer::Found, free);
  EXPECT_EQ(next(), std::nullopt) << "it does not take it";
  now_ = election_.next_at();
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::None);
  EXPECT_EQ(next(), std::nullopt) << "nor creates it";
  wait(seconds(60));
  EXPECT_EQ(next()->kind, Call::Read);
  answer(Answer::Found, free);
  EXPECT_EQ(next()->kind, Call::Update);
}

TEST_F(ElectionTest, AStandbySeesWithinARetryPeriodThatTheLeaseWasGivenBack) {
  EXPECT_EQ(next()->kind, Call::Read);
  election_.answered({Answer::Found, held_by("other")}, now_, now_, 0.999);
  EXPECT_LE(election_.next_at(), now_ + kTiming.retry_period);
}

TEST_F(ElectionTest, CandidatesSpreadTheirAttempts) {
  EXPECT_EQ(candidate_pause(kTiming, 0), seconds(2));
  EXPECT_EQ(candidate_pause(kTiming, 0.5), milliseconds(3200));
  EXPECT_LE(candidate_pause(kTiming, 0.999), milliseconds(4400));
}

TEST(LeaseTimingTest, WhatDoesNotFitIsNamed) {
  EXPECT_EQ(conflict_in({}), "");
  EXPECT_EQ(conflict_in({seconds(137), seconds(107), seconds(26)}), "");
  EXPECT_EQ(conflict_in({seconds(10), seconds(10), seconds(2)}),
            "renewDeadline (10s) must be shorter than duration (10s): the leader stops before "
            "another one may begin");
  EXPECT_EQ(conflict_in({seconds(15), seconds(14), seconds(11)}),
            "retryPeriod (11s) is too long for duration (15s): no write begins later than 9s after "
            "a renewal, and a single failed attempt must not stop the writes");
  EXPECT_EQ(conflict_in({seconds(15), seconds(12), seconds(10)}),
            "renewDeadline (12s) must be longer than 1.2 times retryPeriod (10s): a single "
            "failed attempt must not stop the writes");
}

TEST(LeaseTimingTest, AWriteEndsWhileClocksThatDifferByATenthAgreeThatItIsHeld) {
  for (const LeaseTiming& timing :
       {LeaseTiming{}, LeaseTiming{seconds(137), seconds(107), seconds(26)},
        LeaseTiming{seconds(3), seconds(2), milliseconds(500)},
        LeaseTiming{seconds(15), milliseconds(14'900), seconds(2)}}) {
    const LeaseTerm term = term_after(SteadyTime(), timing);
    // The leader's clock is slow, the other's is fast.
    EXPECT_LT(term.end_until.time_since_epoch() / 0.9, timing.duration / 1.1);
    EXPECT_LE(term.begin_until.time_since_epoch(), timing.renew_deadline);
    EXPECT_GE(term.end_until - term.begin_until,
              std::min<Duration>(seconds(5), timing.duration / 5));
    EXPECT_LT(lease_request_timeout(timing), timing.renew_deadline / 2);
  }
}

}  // namespace
}  // namespace defenderd
