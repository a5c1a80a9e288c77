#include "server/connection_table.h"

#include <gtest/gtest.h>

#include <vector>

#include "server/http_server.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using Phase = Connection::Phase;

const SteadyTime kStart{1h};

class ConnectionTableTest : public testing::Test {
 protected:
  Connection& add(Phase phase, Duration at, RouteKind kind = RouteKind::Metrics) {
    Connection& connection = table_.add(UniqueFd(), kStart + at);
    connection.phase = phase;
    connection.kind = kind;
    return connection;
  }

  ConnectionTable table_{{3, 2}};
};

TEST_F(ConnectionTableTest, TheLeastRecentProgressMakesRoom) {
  Connection& first = add(Phase::Reading, 0s);
  Connection& second = add(Phase::Reading, 1s);
  EXPECT_EQ(table_.may_go(kStart + 2s), &first);
  table_.progressed(first, kStart + 2s);
  EXPECT_EQ(table_.may_go(kStart + 2s), &second);
  table_.close(second);
  EXPECT_EQ(table_.may_go(kStart + 2s), &first);
}

// In a flood it has waited long, and its turn comes.
TEST_F(ConnectionTableTest, OneThatWaitsForUsStaysAsLongAsThereIsAnIdleOne) {
  Connection& waits_for_us = add(Phase::Reading, 0s);
  Connection& idle = add(Phase::Reading, 1s);
  idle.is_idle = true;
  EXPECT_EQ(table_.may_go(kStart + 2s), &idle);
  table_.close(idle);
  EXPECT_EQ(table_.may_go(kStart + 2s), &waits_for_us);
}

TEST_F(ConnectionTableTest, OneThatTakesItsAnswerStaysAndOneThatStallsGoes) {
  Connection& reader = add(Phase::Writing, 0s);
  Connection& staller = add(Phase::Writing, 0s);
  add(Phase::Working, 0s);
  table_.progressed(reader, kStart + 900ms);
  EXPECT_EQ(table_.may_go(kStart + 999ms), nullptr);
  EXPECT_EQ(table_.may_go(kStart + 1s), &staller);
  EXPECT_EQ(table_.stalled(kStart + 1s), &staller);
  table_.close(staller);
  EXPECT_EQ(table_.may_go(kStart + 1s), nullptr);
  EXPECT_EQ(table_.stalled(kStart + 2s), &reader);
}

TEST_F(ConnectionTableTest, ProbesTakeNoPlaceOfAnAnswer) {
  add(Phase::Writing, 0s);
  add(Phase::Working, 0s);
  add(Phase::Working, 0s, RouteKind::Probe);
  add(Phase::Reading, 0s);
  EXPECT_FALSE(table_.answers_full());
  EXPECT_FALSE(table_.full());
  add(Phase::Working, 0s);
  EXPECT_TRUE(table_.answers_full());
  EXPECT_TRUE(table_.full());
}

TEST_F(ConnectionTableTest, FindsWhatIsOpen) {
  const auto id = add(Phase::Reading, 0s).id;
  add(Phase::Working, 0s);
  ASSERT_NE(table_.find(id), nullptr);
  table_.close_unanswered();
  EXPECT_EQ(table_.find(id), nullptr);
  EXPECT_EQ(table_.size(), 1U);
}

TEST(TableLimits, LeaveDescriptorsForTheRest) {
  const auto total = [](std::size_t descriptors) {
    const ConnectionTable::Limits limits = within({}, descriptors);
    EXPECT_GE(limits.answers, 1U);
    EXPECT_GE(limits.reserve, 1U);
    return limits.answers + limits.reserve;
  };
  EXPECT_EQ(total(1U << 20U), 320U);
  EXPECT_EQ(total(256), 64U);
  EXPECT_EQ(total(64), 16U);
  EXPECT_EQ(total(1), 2U);
}

}  // namespace
}  // namespace defenderd
