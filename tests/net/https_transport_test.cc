#include "net/https_transport.h"

#include <atomic>
#include <thread>
#include <vector>

#include "net/transport_fixture.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using Kind = TransportError::Kind;

TEST_F(HttpsTransportTest, CarriesARequestAndItsAnswer) {
  HttpRequest put = request("PUT");
  put.headers.emplace_back("X-Probe", "a, b");
  auto answer = wire_->send(put, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_NE(answer->header("x-ms-request-id"), "");
  EXPECT_NE(answer->body.find("\"pricingTier\""), std::string::npos);
  const armsim::LoggedRequest seen = world_.requests().back();
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.body, put.body);
  EXPECT_EQ(seen.query, "api-version=2024-01-01");
  EXPECT_EQ(seen.header("X-Probe"), "a, b");
  EXPECT_EQ(seen.header("Content-Type"), "application/json");
  EXPECT_EQ(seen.header("Content-Length"), std::to_string(put.body.size()));
}

TEST_F(HttpsTransportTest, APostWithoutABodySaysThatItHasNone) {
  HttpRequest post = request("POST");
  post.body.clear();
  ASSERT_TRUE(wire_->send(post, {}));
  EXPECT_EQ(world_.requests().back().header("Content-Length"), "0");
}

TEST_F(HttpsTransportTest, KeepsAConnectionAlive) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(request()), 200);
  EXPECT_EQ(status(request("PUT")), 200);
  EXPECT_EQ(relay_->accepted(), 1);
}

TEST_F(HttpsTransportTest, AConnectionThatWasClosedWhileItIdledIsNotUsed) {
  for (const char* const method : {"GET", "PUT"}) {
    EXPECT_EQ(status(request()), 200);
    relay_->close_all();
    EXPECT_EQ(status(request(method)), 200) << method;
  }
}

TEST_F(HttpsTransportTest, AReadThatCrossedWithTheServersGoodbyeIsSentAgain) {
  EXPECT_EQ(status(request()), 200);
  relay_->close_on_use();
  EXPECT_EQ(status(request()), 200);
  EXPECT_EQ(relay_->accepted(), 2);
}

TEST_F(HttpsTransportTest, AWriteThatCrossedWithTheServersGoodbyeIsNot) {
  EXPECT_EQ(status(request()), 200);
  relay_->close_on_use();
  const TransportError error = failed(request("PUT"));
  EXPECT_EQ(error.kind, Kind::Broken);
  EXPECT_TRUE(error.may_have_arrived);
  EXPECT_EQ(relay_->accepted(), 1);
  EXPECT_EQ(world_.counters().writes, 0U);
}

TEST_F(HttpsTransportTest, ANewConnectionThatBreaksIsNotTriedAgain) {
  world_.inject(Fault::of(FaultKind::DropBeforeEffect, armsim::Operation::Read));
  const TransportError error = failed(request());
  EXPECT_EQ(error.kind, Kind::Broken);
  expect_words(error, "broke before the answer was complete");
  EXPECT_EQ(relay_->accepted(), 1);
  EXPECT_EQ(status(request()), 200) << "the next request gets a new connection";
}

TEST_F(HttpsTransportTest, AnAnswerThatIsCutOffIsNoAnswer) {
  Fault cut = Fault::of(FaultKind::Truncate, armsim::Operation::Write);
  cut.bytes = 10;
  world_.inject(cut);
  const TransportError error = failed(request("PUT"));
  EXPECT_EQ(error.kind, Kind::Broken);
  EXPECT_TRUE(error.may_have_arrived);
  EXPECT_EQ(world_.counters().writes, 1U);
}

TEST_F(HttpsTransportTest, AnAnswerMayHaveEightMebibytes) {
  Fault huge = Fault::of(FaultKind::HugeBody, armsim::Operation::Read);
  const std::size_t most = 8UL * 1024 * 1024;
  huge.bytes = most - std::string(R"({"padding":""})").size();
  world_.inject(huge);
  auto answer = wire_->send(request(), {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body.size(), most);
  huge.bytes += 1;
  world_.inject(huge);
  const TransportError error = failed(request());
  EXPECT_EQ(error.kind, Kind::TooLarge);
  expect_words(error, "larger than 8 MiB");
}

TEST_F(HttpsTransportTest, NoControlCharacterGetsIntoARequest) {
  std::vector<HttpRequest> bad(7, request());
  bad[0].headers[0].second += "\r\nX-Forged: 1";
  bad[1].headers.emplace_back("X\n", "y");
  bad[2].target += "\n";
  bad[3].content_type = "a\r";
  bad[4].headers[0].second += '\0';
  bad[5].headers[0].second += '\x01';
  bad[6].headers[0].second += '\x7F';
  for (const HttpRequest& each : bad) {
    const TransportError error = failed(each);
    EXPECT_EQ(error.kind, Kind::BadRequest);
    EXPECT_FALSE(error.may_have_arrived);
    expect_words(error, "contains a line break or another control character");
    EXPECT_EQ(error.message.find("Bearer"), std::string::npos) << "no secret in an error";
  }
  EXPECT_EQ(world_.counters().reads, 0U);
}

TEST_F(HttpsTransportTest, ManyThreadsShareIt) {
  world_.inject(Fault::of(FaultKind::DropBeforeEffect, armsim::Operation::Read)
                    .sometimes(0.1, 3)
                    .repeated(0));
  std::atomic<int> good = 0;
  std::atomic<int> broken = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 12; ++i) {
          auto answer = wire_->send(request(), {});
          if (answer && answer->status == 200) ++good;
          if (!answer && answer.error().kind == Kind::Broken) ++broken;
        }
      });
    }
  }
  EXPECT_EQ(good + broken, 96);
  EXPECT_GT(good, 60);
}

TEST_F(HttpsTransportTest, ManyThreadsUseAConnectionEach) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 10; ++i) EXPECT_EQ(status(request()), 200);
    });
  }
  threads.clear();
  EXPECT_LE(relay_->accepted(), 4);
}

}  // namespace
}  // namespace defenderd
