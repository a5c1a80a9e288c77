// How long a connection is used, and what it costs when something in between drops connections.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "net/transport_fixture.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Kind = TransportError::Kind;

class ConnectionAgeTest : public HttpsTransportTest {
 protected:
  void SetUp() override {
    HttpsTransportTest::SetUp();
    auto made = HttpsTransport::create({.ca_file = ca_->path(), .clock = &clock_});
    ASSERT_TRUE(made) << made.error().message;
    wire_ = *std::move(made);
  }

  // As many requests at once, each on a connection of its own, which then idles.
  void ask_at_once(int count) {
    world_.inject(armsim::Fault::held(armsim::Operation::Read).repeated(count));
    std::vector<std::jthread> askers;
    for (int i = 0; i < count; ++i)
      askers.emplace_back([this] { EXPECT_EQ(status(request()), 200); });
    EXPECT_TRUE(world_.wait_for([&] { return world_.held() == count; }));
    world_.release_held();
  }

  FakeClock clock_;
};

TEST_F(ConnectionAgeTest, ABusyConnectionIsRenewedAfterFourToFiveMinutes) {
  for (Duration busy{0}; busy < minutes(4); busy += seconds(20)) {
    EXPECT_EQ(status(request()), 200);
    clock_.advance(seconds(20));
  }
  EXPECT_EQ(relay_->accepted(), 1) << "kept until then";
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(status(request()), 200);
    clock_.advance(seconds(20));
  }
  EXPECT_EQ(relay_->accepted(), 2);
}

TEST_F(ConnectionAgeTest, ConnectionsThatOpenedTogetherAreRenewedOneAfterTheOther) {
  constexpr int kConnections = 8;
  ask_at_once(kConnections);
  std::vector<int> renewed_at_once;
  for (Duration busy{0}; busy < minutes(5); busy += seconds(5)) {
    clock_.advance(seconds(5));
    const int before = relay_->accepted();
    ask_at_once(kConnections);
    renewed_at_once.push_back(relay_->accepted() - before);
  }
  EXPECT_EQ(relay_->accepted(), 2 * kConnections);
  EXPECT_LT(*std::max_element(renewed_at_once.begin(), renewed_at_once.end()), kConnections);
}

TEST_F(ConnectionAgeTest, ConnectionsThatAreDroppedWithoutAWordCostOneTimeout) {
  constexpr int kConnections = 6;
  ask_at_once(kConnections);
  clock_.advance(seconds(1));
  relay_->swallow_current();
  int timeouts = 0;
  for (int i = 0; i < 2 * kConnections; ++i) {
    const auto answer = wire_->send(request("GET", seconds(2)), {});
    if (answer) continue;
    EXPECT_EQ(answer.error().kind, Kind::Timeout) << answer.error().message;
    ++timeouts;
  }
  EXPECT_EQ(timeouts, 1);
  EXPECT_EQ(relay_->accepted(), kConnections + 1);
}

TEST_F(ConnectionAgeTest, AWriteAfterADroppedReadIsNotSentIntoTheSameHole) {
  ask_at_once(3);
  clock_.advance(seconds(1));
  relay_->swallow_current();
  EXPECT_EQ(failed(request("GET", kShort)).kind, Kind::Timeout);
  EXPECT_EQ(status(request("PUT", kAmple)), 200);
}

TEST_F(ConnectionAgeTest, ANewConnectionThatGetsNoAnswerTakesNoOtherAlong) {
  EXPECT_EQ(status(request()), 200);
  world_.inject(armsim::Fault::held(armsim::Operation::Read).repeated(2));
  {
    const std::jthread on_the_first([this] { EXPECT_EQ(status(request()), 200); });
    EXPECT_TRUE(world_.wait_for([&] { return world_.held() == 1; }));
    EXPECT_EQ(failed(request("GET", kShort)).kind, Kind::Timeout) << "on a second one";
    world_.release_held();
  }
  EXPECT_EQ(status(request()), 200);
  EXPECT_EQ(relay_->accepted(), 2);
}

// The value of an option of this process's connection to the port; -1 if there is none.
int option_of(int port, int level, int name) {
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) continue;
    int value = -1;
    size = sizeof value;
    ::getsockopt(descriptor, level, name, &value, &size);
    return value;
  }
  return -1;
}

TEST_F(ConnectionAgeTest, TheSystemWatchesEachConnection) {
  EXPECT_EQ(status(request()), 200);
  const int port = relay_->port();
  EXPECT_EQ(option_of(port, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option_of(port, IPPROTO_TCP, TCP_KEEPIDLE), 15);
  EXPECT_EQ(option_of(port, IPPROTO_TCP, TCP_KEEPINTVL), 5);
  EXPECT_EQ(option_of(port, IPPROTO_TCP, TCP_USER_TIMEOUT), 20'000);
}

}  // namespace
}  // namespace defenderd
