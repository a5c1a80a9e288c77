#include "server/connection_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/listener.h"
#include "server/raw_client.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto kDeadline = std::chrono::seconds(30);

class ConnectionLoopTest : public testing::Test {
 protected:
  void start(ConnectionLoop::Hooks hooks) {
    hooks.kind_of = [](const Request&) { return RouteKind::Probe; };
    if (!hooks.rest) hooks.rest = [](RouteKind) {};
    hooks.refused = [](Refused) {};
    hooks.threw = [this](std::string_view doing, std::string_view what) {
      const std::scoped_lock lock(mutex_);
      threw_.push_back(std::string(doing) + ": " + std::string(what));
    };
    auto listener = listen_on("127.0.0.1", 0);
    ASSERT_TRUE(listener) << listener.error().message;
    port_ = listener->port;
    loop_.emplace(std::move(listener->socket), UniqueFd(::eventfd(0, EFD_NONBLOCK)), clock_,
                  ConnectionLimits{}, std::move(hooks));
  }
  [[nodiscard]] std::vector<std::string> threw() {
    const std::scoped_lock lock(mutex_);
    return threw_;
  }
  [[nodiscard]] int port() const { return port_; }

 private:
  const SystemClock clock_;
  std::mutex mutex_;
  std::vector<std::string> threw_;
  int port_ = 0;
  std::optional<ConnectionLoop> loop_;
};

TEST_F(ConnectionLoopTest, AHandlerWithoutAnAnswerCostsItsConnectionAndNothingElse) {
  ConnectionLoop::Hooks hooks;
  hooks.respond = [](const Request& request) -> Response {
    if (request.path == "/throws") throw std::bad_alloc();
    return text_response(200, "ok");
  };
  start(std::move(hooks));
  for (int i = 0; i < 3; ++i) {
    RawClient client(port());
    client.send(get("/throws"));
    EXPECT_TRUE(client.closed()) << "it does not wait for an answer that will not come";
  }
  RawClient client(port());
  client.send(get("/"));
  EXPECT_THAT(client.read_until("ok"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(threw(), testing::Each(StartsWith("answering a request: ")));
  EXPECT_THAT(threw(), testing::SizeIs(3));
}

TEST_F(ConnectionLoopTest, WhatReleasesMemoryMayThrow) {
  ConnectionLoop::Hooks hooks;
  hooks.respond = [](const Request&) { return text_response(200, "ok"); };
  std::promise<void> rested;
  std::atomic<bool> has_rested = false;
  hooks.rest = [&](RouteKind kind) {
    if (kind != RouteKind::Probe || has_rested.exchange(true)) return;
    rested.set_value();
    throw std::runtime_error("boom");
  };
  start(std::move(hooks));
  ASSERT_EQ(rested.get_future().wait_for(kDeadline), std::future_status::ready);
  RawClient client(port());
  client.send(get("/"));
  EXPECT_THAT(client.read_until("ok"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(threw(), ElementsAre("releasing memory: boom"));
}

// Its client was judged by the rules of the time when it connected.
TEST_F(ConnectionLoopTest, AConnectionEndsWithTheRulesThatItBeganWith) {
  std::atomic<std::uint64_t> rules = 0;
  std::atomic<int> served = 0;
  ConnectionLoop::Hooks hooks;
  hooks.rules = [&] { return rules.load(); };
  hooks.respond = [&](const Request& request) {
    ++served;
    if (request.path == "/changes") ++rules;
    return text_response(200, "ok");
  };
  start(std::move(hooks));
  RawClient idle(port());
  idle.send(get("/"));
  EXPECT_THAT(idle.read_answer(), Not(HasSubstr("Connection: close")));
  RawClient busy(port());
  busy.send(get("/changes"));
  EXPECT_THAT(busy.read_answer(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Connection: close")))
      << "what is in progress is answered";
  EXPECT_TRUE(busy.closed());
  idle.send(get("/"));
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(served, 2) << "the request was not served";
  RawClient fresh(port());
  fresh.send(get("/"));
  EXPECT_THAT(fresh.read_answer(), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace defenderd
