// The election over the real client and the simulated API, with a clock that the test moves.

#include <gmock/gmock.h>

#include <vector>

#include "kube/cluster.h"
#include "kube/lease_client.h"
#include "reconcile/leader_election.h"

namespace defenderd {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class Candidate {
 public:
  Candidate(std::unique_ptr<KubeClient> kube, FakeClock& clock, const std::string& identity)
      : kube_(std::move(kube)),
        store_(*kube_, "defenderd"),
        election_(store_, clock, [] { return 0.5; },
                  {identity, "http://" + identity, "defender/defenderd", {}},
                  {[this](const LeadershipStatus& now) { news.push_back(now); }}) {}

  LeaderElection& operator*() { return election_; }
  LeaderElection* operator->() { return &election_; }
  std::vector<LeadershipStatus> news;

 private:
  std::unique_ptr<KubeClient> kube_;
  LeaseClient store_;
  LeaderElection election_;
};

class LeaseElectionTest : public ClusterTest {
 protected:
  std::unique_ptr<Candidate> candidate(const std::string& identity) {
    return std::make_unique<Candidate>(client(), clock_, identity);
  }
  void step(Candidate& candidate) {
    clock_.advance_to(candidate->next_step());
    candidate->step({});
  }
};

TEST_F(LeaseElectionTest, OneLeadsAndTheOtherSeesWhere) {
  auto a = candidate("a");
  auto b = candidate("b");
  step(*a);
  step(*b);
  EXPECT_TRUE((*a)->status().leads);
  EXPECT_TRUE((*a)->standing().may_write);
  EXPECT_FALSE((*b)->status().leads);
  EXPECT_EQ((*b)->status().leader, "a");
  EXPECT_EQ((*b)->status().leader_url, "http://a");
  EXPECT_EQ((*b)->standing().why_not, "this replica is a standby; the leader is a (http://a)");
  const auto lease = cluster_.lease("defender", "defenderd");
  EXPECT_EQ(lease->holder, "a");
  EXPECT_EQ(lease->duration_seconds, 15);
  EXPECT_EQ(lease->transitions, 0);
}

TEST_F(LeaseElectionTest, ALeaseThatIsGivenBackIsTakenAtOnce) {
  auto a = candidate("a");
  auto b = candidate("b");
  step(*a);
  step(*b);
  ASSERT_TRUE((*a)->release({}));
  EXPECT_FALSE((*a)->standing().may_write);
  const auto lease = cluster_.lease("defender", "defenderd");
  EXPECT_EQ(lease->holder, "");
  EXPECT_EQ(lease->duration_seconds, 1);
  const SteadyTime start = clock_.steady_now();
  step(*b);
  EXPECT_TRUE((*b)->status().leads);
  EXPECT_LE(clock_.steady_now() - start, seconds(2));
  EXPECT_EQ(cluster_.lease("defender", "defenderd")->transitions, 1);
}

TEST_F(LeaseElectionTest, ADeadLeadersLeaseIsWaitedOut) {
  auto a = candidate("a");
  auto b = candidate("b");
  step(*a);
  step(*b);
  const SteadyTime seen = clock_.steady_now();
  while (!(*b)->status().leads && clock_.steady_now() - seen <= seconds(18)) step(*b);
  EXPECT_TRUE((*b)->status().leads);
  EXPECT_GE(clock_.steady_now() - seen, seconds(15));
  EXPECT_LE(clock_.steady_now() - seen, seconds(18));
  EXPECT_FALSE((*a)->standing().may_write) << "it has not run meanwhile";
  EXPECT_TRUE((*a)->status().leads) << "and does not know yet";
  step(*a);
  EXPECT_FALSE((*a)->status().leads);
  EXPECT_EQ((*a)->status().leader, "b");
}

TEST_F(LeaseElectionTest, WhileTheAPIIsAwayNothingIsWrittenAndThenItGoesOn) {
  auto a = candidate("a");
  step(*a);
  cluster_.go_away();
  for (int i = 0; i < 10; ++i) step(*a);
  EXPECT_FALSE((*a)->standing().may_write);
  EXPECT_THAT((*a)->standing().why_not,
              HasSubstr("the lease defender/defenderd could not be renewed in time (the Kubernetes "
                        "API does not answer"));
  EXPECT_TRUE((*a)->status().leads);
  EXPECT_GT((*a)->status().errors, 3U);
  cluster_.come_back();
  step(*a);
  EXPECT_TRUE((*a)->standing().may_write);
  EXPECT_EQ((*a)->status().transitions, 1U) << "the same leadership";
  // It leads; it has a failure; it stalls; its lease is over; it goes on. Nothing is said twice.
  ASSERT_EQ(a->news.size(), 5U);
  EXPECT_TRUE(a->news[1].may_write);
  EXPECT_FALSE(a->news[2].may_write);
  EXPECT_TRUE(a->news[3].may_be_replaced);
  EXPECT_TRUE(a->news[4].may_write);
}

TEST_F(LeaseElectionTest, TheStallIsSeenWithoutAnAnswer) {
  auto a = candidate("a");
  step(*a);
  const SteadyTime led = clock_.steady_now();
  EXPECT_LE((*a)->next_step(), led + seconds(2));
  clock_.advance(seconds(9) + std::chrono::milliseconds(1));
  EXPECT_FALSE((*a)->standing().may_write);
}

TEST_F(LeaseElectionTest, OneThatStandsDownLetsTheOtherLead) {
  auto a = candidate("a");
  auto b = candidate("b");
  step(*a);
  step(*b);
  (*a)->stand_down(seconds(60));
  EXPECT_FALSE((*a)->standing().may_write) << "at once";
  (*a)->step({});
  EXPECT_EQ(cluster_.lease("defender", "defenderd")->holder, "");
  step(*b);
  EXPECT_TRUE((*b)->status().leads);
  step(*a);
  EXPECT_EQ((*a)->status().leader, "b") << "who leads now is known";
  EXPECT_EQ((*a)->standing().why_not, "this replica is a standby; the leader is b (http://b)");
}

TEST_F(LeaseElectionTest, OneThatStoodDownIsACandidateAgainAfterItsPause) {
  auto a = candidate("a");
  step(*a);
  (*a)->stand_down(seconds(60));
  const SteadyTime stood_down = clock_.steady_now();
  (*a)->step({});
  while (!(*a)->status().leads && clock_.steady_now() - stood_down <= seconds(70)) step(*a);
  EXPECT_TRUE((*a)->status().leads);
  EXPECT_GE(clock_.steady_now() - stood_down, seconds(60));
}

TEST_F(LeaseElectionTest, ALeaseThatOthersKeepChangingIsAFailureWithItsCause) {
  auto a = candidate("a");
  step(*a);
  cluster_.fault(kubesim::Fault::answer(409).on("update", "leases").repeated(20));
  for (int i = 0; i < 3; ++i) step(*a);
  EXPECT_THAT((*a)->status().failure, HasSubstr("refuses to update leases/defenderd"));
  EXPECT_GE((*a)->status().errors, 2U);
  const auto said = a->news.size();
  for (int i = 0; i < 3; ++i) step(*a);
  EXPECT_LE(a->news.size(), said + 1) << "only that it may no longer write";
}

TEST_F(LeaseElectionTest, ALeaderWhoseLeaseIsOverDoesNotNameItself) {
  auto a = candidate("a");
  step(*a);
  cluster_.go_away();
  clock_.advance(seconds(14));
  EXPECT_EQ((*a)->status().leader, "a") << "nobody may have taken it";
  clock_.advance(seconds(2));
  EXPECT_EQ((*a)->status().leader, "");
  EXPECT_TRUE((*a)->status().leads) << "it goes on observing";
  EXPECT_TRUE((*a)->status().may_be_replaced);
}

TEST_F(LeaseElectionTest, AStopIsNoFailure) {
  auto a = candidate("a");
  step(*a);
  const auto said = a->news.size();
  std::stop_source stop;
  cluster_.go_away();
  clock_.advance_to((*a)->next_step());
  stop.request_stop();
  (*a)->step(stop.get_token());
  EXPECT_EQ(a->news.size(), said);
}

TEST_F(LeaseElectionTest, AMissingRightIsSaidOnce) {
  cluster_.deny("create", "leases");
  auto a = candidate("a");
  for (int i = 0; i < 5; ++i) step(*a);
  ASSERT_EQ(a->news.size(), 1U);
  EXPECT_THAT(a->news[0].failure,
              HasSubstr("create leases/defenderd in namespace defender; check its Role"));
  cluster_.allow_everything();
  step(*a);
  EXPECT_TRUE((*a)->status().leads);
}

}  // namespace
}  // namespace defenderd
