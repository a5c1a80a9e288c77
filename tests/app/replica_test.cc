// The hand-overs of a replica, with fakes of everything that it runs and asks.

#include "app/replica.h"

#include <gmock/gmock.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "app/fake_replica_host.h"
#include "support/eventually.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;

class ReplicaTest : public testing::Test {
 protected:
  ~ReplicaTest() override { end(); }

  void start() {
    running_ = std::jthread([this](const std::stop_token& stop) {
      const std::stop_callback stopping(stop, [this] { stop_.request_stop(); });
      try {
        auto done = replica_.run(stop_.get_token(), stage_);
        story_.add(done ? "the replica has ended" : "refused: " + done.error().message);
      } catch (const std::exception& exception) {
        story_.add(std::string("thrown: ") + exception.what());
      }
    });
  }
  void end() {
    if (!running_.joinable()) return;
    running_.request_stop();
    running_.join();
  }
  [[nodiscard]] testing::AssertionResult comes(const std::string& line, long times = 1) const {
    return eventually("\"" + line + "\" came", [&] { return story_.count(line) >= times; });
  }
  [[nodiscard]] testing::AssertionResult is_logged(const std::string& part) const {
    return eventually("the log has \"" + part + "\"",
                      [&] { return script_.logged.count(part) > 0; });
  }
  // Lets time pass, attempt by attempt of the election, until `condition` holds.
  template <class Condition>
  testing::AssertionResult in_time(std::string_view what, Condition condition) {
    return eventually(what, [&] {
      if (condition()) return true;
      clock_.step();
      return false;
    });
  }
  void next_attempt() {
    const int before = lease_.calls();
    EXPECT_TRUE(in_time("the lease is asked for", [&] { return lease_.calls() > before; }));
  }

  SteppedClock clock_;
  Story story_;
  FakeLease lease_{story_};
  Script script_{clock_, story_};
  StopStage stage_{"the start"};
  std::stop_source stop_;
  Replica replica_{std::make_unique<FakeHost>(script_, lease_),
                   {"me", "http://me", "defender/defenderd", {}},
                   clock_};
  std::jthread running_;
};

TEST_F(ReplicaTest, TheLeaseIsGivenBackAfterTheLastWrite) {
  start();
  EXPECT_TRUE(comes("1 runs as the leader"));
  EXPECT_EQ(lease_.holder(), "me");
  end();
  EXPECT_THAT(story_.lines(),
              ElementsAre("the state is read", "1 runs as the leader", "1 has ended",
                          "the lease is given back", "1 is destroyed", "the replica has ended"));
}

TEST_F(ReplicaTest, AStandbyBecomesTheLeader) {
  lease_.take_for_another();
  start();
  EXPECT_TRUE(comes("1 runs as a standby"));
  EXPECT_EQ(story_.count("the state is read"), 0);
  EXPECT_TRUE(in_time("the other's lease has expired",
                      [&] { return story_.count("2 runs as the leader") > 0; }));
  EXPECT_EQ(lease_.holder(), "me");
  EXPECT_THAT(story_.lines(), ElementsAre("1 runs as a standby", "1 has ended", "1 is destroyed",
                                          "the state is read", "2 runs as the leader"));
}

TEST_F(ReplicaTest, ALeaderThatLosesTheLeaseStandsBy) {
  start();
  EXPECT_TRUE(comes("1 runs as the leader"));
  lease_.take_for_another();
  next_attempt();
  EXPECT_TRUE(comes("2 runs as a standby"));
  end();
  EXPECT_EQ(lease_.holder(), "other");
  EXPECT_THAT(
      story_.lines(),
      ElementsAre("the state is read", "1 runs as the leader", "1 has ended", "1 is destroyed",
                  "2 runs as a standby", "2 has ended", "2 is destroyed", "the replica has ended"));
}

TEST_F(ReplicaTest, ALeaseThatIsLostDuringAHandOverEndsTheNewDaemon) {
  script_.creating = [&](int number) {
    if (number != 1) return;
    lease_.take_for_another();
    next_attempt();
    EXPECT_TRUE(is_logged("no longer leads"));
  };
  start();
  EXPECT_TRUE(comes("1 has ended"));
  EXPECT_TRUE(comes("2 runs as a standby"));
}

TEST_F(ReplicaTest, ADaemonThatEndsByItselfIsReplaced) {
  script_.running = [](int number, const std::stop_token& stop) {
    if (number == 1) return;
    EXPECT_TRUE(eventually("the daemon is to end", [&] { return stop.stop_requested(); }));
  };
  start();
  EXPECT_TRUE(comes("2 runs as the leader"));
  EXPECT_EQ(lease_.holder(), "me");
  EXPECT_EQ(story_.count("the lease is given back"), 0);
}

TEST_F(ReplicaTest, AStopDuringAHandOverEndsTheNewDaemonAtOnce) {
  script_.creating = [&](int number) {
    if (number == 2) stop_.request_stop();
  };
  start();
  EXPECT_TRUE(comes("1 runs as the leader"));
  lease_.take_for_another();
  next_attempt();
  EXPECT_TRUE(comes("the replica has ended"));
  EXPECT_THAT(story_.lines(), Contains("2 has ended"));
  EXPECT_EQ(script_.created, 2);
  EXPECT_EQ(story_.count("the lease is given back"), 0) << "it is another one's";
}

TEST_F(ReplicaTest, ADaemonThatThrowsLeavesNothingBehind) {
  script_.running = [](int, const std::stop_token&) { throw std::runtime_error("a bug"); };
  start();
  EXPECT_TRUE(comes("thrown: a bug"));
  EXPECT_EQ(lease_.holder(), "");
  // Nobody notifies the daemon that is gone.
  replica_.poll_soon();
  EXPECT_THAT(story_.lines(),
              ElementsAre("the state is read", "1 runs as the leader", "1 is destroyed",
                          "the lease is given back", "thrown: a bug"));
}

TEST_F(ReplicaTest, AHandOverThatThrowsGivesTheLeaseBack) {
  lease_.take_for_another();
  script_.creating = [](int number) {
    if (number == 2) throw std::runtime_error("a bug");
  };
  start();
  EXPECT_TRUE(comes("1 runs as a standby"));
  EXPECT_TRUE(in_time("the hand-over throws", [&] { return story_.count("thrown: a bug") > 0; }));
  EXPECT_EQ(lease_.holder(), "");
}

TEST_F(ReplicaTest, AReloadDuringAHandOverReachesTheNextDaemon) {
  script_.creating = [&](int number) {
    if (number == 2) replica_.poll_soon();
  };
  start();
  EXPECT_TRUE(comes("1 runs as the leader"));
  replica_.poll_soon();
  EXPECT_THAT(story_.lines(), Contains("1 polls the files"));
  lease_.take_for_another();
  next_attempt();
  EXPECT_TRUE(comes("2 runs as a standby"));
  EXPECT_EQ(story_.count("2 polls the files"), 1);
}

TEST_F(ReplicaTest, WithoutTheStateItDoesNotLead) {
  script_.unreadable_state = "the API does not answer";
  start();
  EXPECT_TRUE(comes("1 runs as a standby"));
  EXPECT_TRUE(comes("the lease is given back"));
  EXPECT_TRUE(
      is_logged("this replica cannot lead, because the previous leader's state cannot be read: "
                "the API does not answer"));
  // A minute later it tries again, and a second failure is not logged again.
  EXPECT_TRUE(
      in_time("it is a candidate again", [&] { return story_.count("the state is read") > 1; }));
  EXPECT_TRUE(comes("2 runs as a standby"));
  EXPECT_EQ(script_.logged.count("this replica cannot lead"), 1);
  {
    const std::scoped_lock lock(script_.mutex);
    script_.unreadable_state.clear();
  }
  EXPECT_TRUE(in_time("it leads", [&] { return story_.count("3 runs as the leader") > 0; }));
  EXPECT_TRUE(is_logged("can be read again"));
}

TEST_F(ReplicaTest, WhereTheFirstDaemonCannotStartTheReplicaEnds) {
  script_.refuses = [](int) { return "no credential"; };
  start();
  EXPECT_TRUE(comes("refused: no credential"));
  EXPECT_EQ(lease_.holder(), "");
}

TEST_F(ReplicaTest, ALeaderThatCannotStartLaterLetsAnotherOneTry) {
  lease_.take_for_another();
  script_.refuses = [](int number) { return number == 2 ? "no credential" : ""; };
  start();
  EXPECT_TRUE(comes("1 runs as a standby"));
  EXPECT_TRUE(in_time("it gives the lease back",
                      [&] { return story_.count("the lease is given back") > 0; }));
  EXPECT_TRUE(is_logged("this replica cannot work as the leader: no credential"));
  EXPECT_TRUE(in_time("it stands by", [&] { return story_.count("3 runs as a standby") > 0; }));
  EXPECT_THAT(story_.lines(), Contains("the files are read again"));
}

TEST_F(ReplicaTest, AnEditThatCannotWorkDoesNotEndWhatWorks) {
  lease_.take_for_another();
  script_.refuses = [](int number) { return number == 2 || number == 4 ? "no journal" : ""; };
  script_.falls_back = [] { return true; };
  start();
  EXPECT_TRUE(comes("1 runs as a standby"));
  EXPECT_TRUE(in_time("it leads", [&] { return story_.count("3 runs as the leader") > 0; }));
  EXPECT_THAT(story_.lines(),
              ElementsAre("1 runs as a standby", "1 has ended", "1 is destroyed",
                          "the state is read", "what worked before is taken: no journal",
                          "the state is read", "3 runs as the leader"))
      << "the state that the refused one has taken is read again";
  lease_.take_for_another();
  next_attempt();
  EXPECT_TRUE(comes("5 runs as a standby"));
  EXPECT_EQ(script_.logged.count("the edited settings that need a restart cannot be used: no "
                                 "journal; the settings that worked before stay in force"),
            2)
      << "at each hand-over that takes an edit back";
  EXPECT_EQ(script_.logged.count("cannot work as"), 0);
}

TEST_F(ReplicaTest, WhereWhatWorkedFailsTooItTriesAgainLater) {
  lease_.take_for_another();
  script_.refuses = [](int number) {
    return number == 2 ? "no journal" : number == 3 ? "no credential" : "";
  };
  script_.falls_back = [once = true]() mutable { return std::exchange(once, false); };
  start();
  EXPECT_TRUE(comes("1 runs as a standby"));
  EXPECT_TRUE(in_time("it stands by", [&] { return story_.count("4 runs as a standby") > 0; }));
  EXPECT_TRUE(is_logged("this replica cannot work as the leader: no credential"));
  EXPECT_THAT(story_.lines(),
              AllOf(Contains("not ready: this replica cannot work as the leader: no credential"),
                    Contains("the files are read again")));
}

TEST_F(ReplicaTest, OnlyTheEndOfTheProcessIsAStop) {
  start();
  EXPECT_TRUE(comes("1 runs as the leader"));
  lease_.take_for_another();
  next_attempt();
  EXPECT_TRUE(comes("2 runs as a standby"));
  EXPECT_EQ(script_.logged.count("defenderd has stopped"), 0);
  end();
  EXPECT_EQ(script_.logged.count("stopped  defenderd has stopped; all work finished"), 1);
}

TEST_F(ReplicaTest, WhatWaitedForTheLeaseIsDueWhenWritingResumes) {
  start();
  EXPECT_TRUE(comes("1 runs as the leader"));
  lease_.set_away(true);
  EXPECT_TRUE(in_time("it may no longer write",
                      [&] { return script_.logged.count("nothing is written until it is") > 0; }));
  EXPECT_EQ(story_.count("1 may write again"), 0);
  lease_.set_away(false);
  EXPECT_TRUE(in_time("it may write again", [&] { return story_.count("1 may write again") > 0; }));
  end();
  EXPECT_EQ(story_.count("runs as"), 1) << "nobody else has led";
}

}  // namespace
}  // namespace defenderd
