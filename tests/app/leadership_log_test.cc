#include "app/leadership_log.h"

#include <gmock/gmock.h>

#include "app/recorded.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class LeadershipLogTest : public Recorded {
 protected:
  LeadershipLogTest() {
    standby_.lease = leader_.lease = "defender/defenderd";
    standby_.leader = "other";
    standby_.leader_url = "http://10.0.0.1:8080";
    leader_.leads = leader_.may_write = true;
    leader_.leader = leader_.identity = "me";
    leader_.transitions = 1;
  }
  std::vector<std::string> lines(const LeadershipStatus& before, const LeadershipStatus& now) {
    logged_.clear();
    log_leadership(before, now, log_);
    return logged_;
  }
  static auto line(const std::string& level, const std::string& text) {
    return AllOf(HasSubstr("\"level\":\"" + level + "\""), HasSubstr("\"event\":\"leadership\""),
                 HasSubstr(text));
  }

  LeadershipStatus standby_;
  LeadershipStatus leader_;
};

TEST_F(LeadershipLogTest, EachChangeIsOneLine) {
  EXPECT_THAT(
      lines({}, leader_),
      ElementsAre(line("info", "this replica now leads, with the lease defender/defenderd")));
  EXPECT_THAT(lines({}, standby_),
              ElementsAre(line("info", "standby: the leader is other (http://10.0.0.1:8080)")));
  LeadershipStatus nobody = standby_;
  nobody.leader = nobody.leader_url = "";
  EXPECT_THAT(lines(standby_, nobody),
              ElementsAre(line("info", "nobody holds the lease defender/defenderd")));
  EXPECT_THAT(lines(nobody, nobody), ElementsAre());
  nobody.failure = "the Kubernetes API does not answer";
  EXPECT_THAT(lines(standby_, nobody), ElementsAre(line("warn", "cannot be used")))
      << "who leads is not known then";
}

TEST_F(LeadershipLogTest, WhatIsLostIsSaidAndWhoHasIt) {
  EXPECT_THAT(lines(leader_, standby_),
              ElementsAre(line("warn",
                               "no longer leads with the lease defender/defenderd: other "
                               "(http://10.0.0.1:8080) has taken"),
                          line("info", "standby: the leader is other")));
  LeadershipStatus again = leader_;
  again.transitions = 2;
  EXPECT_THAT(lines(leader_, again),
              ElementsAre(line("warn", "no longer leads"), line("info", "this replica now leads")));
}

TEST_F(LeadershipLogTest, ALeaderThatCannotRenew) {
  LeadershipStatus failing = leader_;
  failing.failure = "the Kubernetes API does not answer";
  EXPECT_THAT(lines(leader_, failing), ElementsAre(line("warn", "cannot be used: the Kubernetes")));
  LeadershipStatus stalled = failing;
  stalled.may_write = false;
  EXPECT_THAT(lines(failing, stalled),
              ElementsAre(line("error", "could not be renewed in time: nothing is written")));
  EXPECT_THAT(lines(stalled, leader_), ElementsAre(line("info", "writing resumes")));
}

TEST_F(LeadershipLogTest, ARestartIsAnotherReplica) {
  const auto first = replica_identity("defenderd-0");
  ASSERT_TRUE(first);
  EXPECT_THAT(*first, StartsWith("defenderd-0_"));
  EXPECT_NE(*first, *replica_identity("defenderd-0"));
  EXPECT_THAT(*replica_identity(""), StartsWith("defenderd_"));
}

}  // namespace
}  // namespace defenderd
