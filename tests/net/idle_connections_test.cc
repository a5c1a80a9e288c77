#include "net/idle_connections.h"

#include <gtest/gtest.h>

#include "net/tls.h"
#include "net/trust_store.h"

namespace defenderd {
namespace {

using std::chrono::seconds;

struct IdleConnectionsTest : testing::Test {
  const SteadyTime start = {};
  const TlsContext tls{TrustStore::nobody()};
  const IdleConnections::Key arm{{true, "arm.example", 443}, true};
  const IdleConnections::Key entra{{true, "entra.example", 443}, true};
  IdleConnections idle;

  // None is connected, so that none can be used.
  void give_back(const IdleConnections::Key& key, SteadyTime now,
                 SteadyTime renew_at = SteadyTime::max()) {
    HttpConnection::Options options;
    options.renew_at = renew_at;
    idle.give_back(key, std::make_unique<HttpConnection>(key.origin, tls, options), now);
  }
};

TEST_F(IdleConnectionsTest, TheOldOnesAreClosedAlthoughYoungerOnesAreUsed) {
  give_back(arm, start);
  give_back(arm, start + seconds(10));
  give_back(arm, start + seconds(49));
  EXPECT_EQ(idle.size(), 3U);
  give_back(arm, start + seconds(50));  // the first has been idle for too long, the second not yet
  EXPECT_EQ(idle.size(), 3U);
  give_back(arm, start + seconds(60));
  EXPECT_EQ(idle.size(), 3U);
}

TEST_F(IdleConnectionsTest, ACallForOneServerClosesTheOldOnesOfAnother) {
  give_back(entra, start);
  give_back(arm, start + seconds(50));
  EXPECT_EQ(idle.size(), 1U);
}

TEST_F(IdleConnectionsTest, OneThatCannotBeUsedIsNotGivenOut) {
  give_back(arm, start);
  EXPECT_EQ(idle.take(arm, true, start), nullptr);
  EXPECT_EQ(idle.take(arm, false, start), nullptr);
  EXPECT_EQ(idle.size(), 0U);
}

TEST_F(IdleConnectionsTest, OneThatIsToBeRenewedIsNotKept) {
  give_back(arm, start, start);
  EXPECT_EQ(idle.size(), 0U);
  give_back(arm, start, start + seconds(1));
  EXPECT_EQ(idle.size(), 1U);
}

TEST_F(IdleConnectionsTest, AreRenewedAfterFourToFiveMinutesEachAtItsOwnTime) {
  EXPECT_EQ(IdleConnections::renew_at(start, 0.0), start + std::chrono::minutes(5));
  EXPECT_EQ(IdleConnections::renew_at(start, 0.5), start + seconds(270));
  EXPECT_EQ(IdleConnections::renew_at(start, 1.0), start + std::chrono::minutes(4));
}

TEST_F(IdleConnectionsTest, ADeadOneTakesThoseOfItsServerAlongThatWereLastUsedBefore) {
  give_back(arm, start);
  give_back(entra, start);
  give_back(arm, start + seconds(1));
  give_back(arm, start + seconds(2));
  idle.close_unused_since(arm, start + seconds(1));
  EXPECT_EQ(idle.size(), 2U) << "one of entra, and one that was used since";
  idle.close_unused_since(arm, start + seconds(2));
  EXPECT_EQ(idle.size(), 1U);
}

TEST_F(IdleConnectionsTest, KeepsNoMoreThanSixtyFourPerServer) {
  for (int i = 0; i < 70; ++i) give_back(arm, start);
  EXPECT_EQ(idle.size(), 64U);
}

}  // namespace
}  // namespace defenderd
