#include "app/takeover_wait.h"

#include "app/recorded.h"
#include "telemetry/in_force_section.h"

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Leading final : public LeadershipSource {
 public:
  [[nodiscard]] LeadershipStanding standing() const override {
    if (!leads) return {false, {}, "this replica is a standby"};
    return {true, SteadyTime(seconds(7)), {}};
  }
  bool leads = true;
};

class TakeoverWaitTest : public Recorded {
 protected:
  // As a leader starts whose desired state has this hash.
  void start(const std::string& hash) {
    wait_.set_in_force(hash);
    wait_.recall({"a", "new", before_});
  }

  Leading leading_;
  WallTime before_ = clock_.wall_now() - seconds(30);  // the edit of the leader before
  TakeoverWait wait_{leading_, "b", clock_, log_};
};

TEST_F(TakeoverWaitTest, TheSameFilesAreWrittenAtOnce) {
  start("new");
  EXPECT_TRUE(wait_.standing().may_write);
  EXPECT_EQ(wait_.standing().write_until, SteadyTime(seconds(7)));
  EXPECT_EQ(wait_.memory(), (InForce{"b", "new", before_})) << "since the edit, whoever leads";
  EXPECT_FALSE(wait_.check());
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(TakeoverWaitTest, OlderFilesUndoNothingUntilTheyFollow) {
  start("old");
  const LeadershipStanding waiting = wait_.standing();
  EXPECT_FALSE(waiting.may_write);
  EXPECT_THAT(waiting.why_not,
              AllOf(HasSubstr("the previous leader, a, had another desired state"),
                    HasSubstr("(hash new, and old here)"), HasSubstr("nothing is written until")));
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("\"warn\""), HasSubstr("hash new"))));
  EXPECT_EQ(wait_.memory(), (InForce{"a", "new", before_})) << "the next one may have it";
  clock_.advance(seconds(60));
  EXPECT_FALSE(wait_.check());
  const auto saved = wait_.revision();
  wait_.set_in_force("new");
  EXPECT_FALSE(wait_.standing().may_write) << "until the edit has taken effect";
  EXPECT_TRUE(wait_.check());
  EXPECT_TRUE(wait_.standing().may_write);
  EXPECT_EQ(wait_.memory(), (InForce{"b", "new", before_}));
  EXPECT_GT(wait_.revision(), saved);
  EXPECT_FALSE(wait_.check()) << "once";
  EXPECT_THAT(logged_.back(), HasSubstr("now has the previous leader's desired state"));
}

TEST_F(TakeoverWaitTest, AnotherEditEndsTheWait) {
  start("old");
  wait_.set_in_force("newer");
  EXPECT_TRUE(wait_.check());
  EXPECT_TRUE(wait_.standing().may_write);
  EXPECT_EQ(wait_.memory().hash, "newer");
  EXPECT_THAT(logged_.back(), HasSubstr("has changed: writing begins"));
}

TEST_F(TakeoverWaitTest, TheWaitEnds) {
  start("old");
  clock_.advance(seconds(89));
  EXPECT_FALSE(wait_.check());
  clock_.advance(seconds(1));
  EXPECT_TRUE(wait_.check());
  EXPECT_TRUE(wait_.standing().may_write);
  EXPECT_EQ(wait_.memory(), (InForce{"b", "old", clock_.wall_now()}));
  EXPECT_THAT(logged_.back(), HasSubstr("has not changed: writing begins with it"));
}

TEST_F(TakeoverWaitTest, WithoutTheLeaseThatIsTheReason) {
  start("old");
  leading_.leads = false;
  EXPECT_EQ(wait_.standing().why_not, "this replica is a standby");
}

TEST_F(TakeoverWaitTest, AnEditIsNewsForTheStateBeforeItsWrites) {
  start("new");
  const auto saved = wait_.revision();
  wait_.set_in_force("new");
  EXPECT_EQ(wait_.revision(), saved);
  wait_.set_in_force("newer");
  EXPECT_GT(wait_.revision(), saved);
  EXPECT_EQ(wait_.memory(), (InForce{"b", "newer", clock_.wall_now()}));
}

TEST(InForceSection, IsReadAsItWasWritten) {
  const InForce in_force{"a\"b", "0123456789abcdef", WallTime(minutes(29'000'000))};
  EXPECT_EQ(*parse_in_force_section(format(in_force)), in_force);
  for (const char* const bad : {"", "[]", "{}", R"({"replica":"a","desired":"h"})",
                                R"({"replica":"a","desired":"h","since":"soon"})",
                                R"({"replica":1,"desired":"h","since":"2026-01-01T00:00:00Z"})"})
    EXPECT_FALSE(parse_in_force_section(bad)) << bad;
}

}  // namespace
}  // namespace defenderd
