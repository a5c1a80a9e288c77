#include "net/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "support/eventually.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kPatient = 30s;

// A name server that answers once it is told to.
struct SlowServer {
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  std::atomic<int> asked = 0;

  static LookUp look_up(const std::shared_ptr<SlowServer>& server) {
    return [server](const std::string& host) {
      ++server->asked;
      server->answered.wait();
      return std::vector<std::string>{"192.0.2.1 of " + host};
    };
  }
};

std::vector<std::string> never(const std::string& host) {
  ADD_FAILURE() << host << " needs no name server";
  return {};
}

TEST(Resolver, AnAddressIsItsOwnResult) {
  for (const char* const address : {"127.0.0.1", "::1", "fe80::1%lo"})
    EXPECT_THAT(resolve(address, 0s, never).addresses, ElementsAre(address));
}

TEST(Resolver, GivesAllAddressesInTheirOrder) {
  const auto found = resolve("two.test", kPatient, [](const std::string& /*host*/) {
    return std::vector<std::string>{"192.0.2.2", "192.0.2.1"};
  });
  EXPECT_THAT(found.addresses, ElementsAre("192.0.2.2", "192.0.2.1"));
  EXPECT_FALSE(found.timed_out);
}

TEST(Resolver, AnUnknownNameIsNotATimeout) {
  const auto found = resolve("none.test", kPatient, [](const std::string& /*host*/) {
    return std::vector<std::string>();
  });
  EXPECT_THAT(found.addresses, IsEmpty());
  EXPECT_FALSE(found.timed_out);
}

TEST(Resolver, ANameServerThatHangsIsLeftAtTheDeadline) {
  const auto server = std::make_shared<SlowServer>();
  for (int i = 0; i < 100; ++i) {
    const auto found = resolve("hung.test", 1ms, SlowServer::look_up(server));
    ASSERT_TRUE(found.timed_out);
    ASSERT_THAT(found.addresses, IsEmpty());
  }
  EXPECT_EQ(server->asked, 1) << "one helper, however often it is asked for";
  EXPECT_THAT(
      resolve("other.test", kPatient, [](const std::string& host) { return std::vector{host}; })
          .addresses,
      ElementsAre("other.test"))
      << "other names are no worse off";
  server->answer.set_value();
  EXPECT_TRUE(eventually("it answers again", [&] {
    return !resolve("hung.test", kPatient, SlowServer::look_up(server)).timed_out;
  }));
}

TEST(Resolver, AllWhoAskAtTheSameTimeGetTheAnswer) {
  const auto server = std::make_shared<SlowServer>();
  std::atomic<int> resolved = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 50; ++i) {
      threads.emplace_back([&] {
        const auto found = resolve("slow.test", kPatient, SlowServer::look_up(server));
        if (found.addresses == std::vector<std::string>{"192.0.2.1 of slow.test"}) ++resolved;
      });
    }
    EXPECT_TRUE(eventually("it is asked", [&] { return server->asked > 0; }));
    server->answer.set_value();
  }
  EXPECT_EQ(resolved, 50);
}

TEST(Resolver, TheSystemKnowsThisMachine) {
  for (const std::string& address : look_up("localhost"))
    EXPECT_TRUE(address.starts_with("127.") || address == "::1") << address;
  EXPECT_THAT(look_up("no such name"), IsEmpty());
}

}  // namespace
}  // namespace defenderd
