#include "identity/token_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const TenantId kTenant = *TenantId::parse("0e9d8c7b-6a5f-4e4d-8c3b-2a1a0f9e8d7c");

// "token-1", "token-2", ... by default.
class Source final : public TokenSource {
 public:
  explicit Source(const Clock& clock) : clock_(clock) {}

  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override {
    const int number = ++fetches;
    if (while_fetching) while_fetching(stop);
    if (throws) throw std::runtime_error("out of everything");
    if (broken && (!only_for || only_for == tenant)) return Unexpected(failure);
    return AccessToken{Secret(always_the_same ? "token" : "token-" + std::to_string(number)),
                       clock_.wall_now() + life};
  }

  std::atomic<int> fetches = 0;
  Duration life = 60min;
  bool always_the_same = false;
  bool throws = false;
  bool broken = false;
  std::optional<TenantId> only_for;  // broken for this tenant alone
  Failure failure = credential_failure("it is broken");
  std::function<void(const std::stop_token&)> while_fetching;

 private:
  const Clock& clock_;
};

class TokenCacheTest : public testing::Test {
 protected:
  std::string get(const std::optional<TenantId>& tenant = std::nullopt) {
    auto token = cache_.token(tenant, {});
    return token ? token->reveal() : "failed: " + token.error().message;
  }
  Failure fails() {
    auto token = cache_.token(std::nullopt, {});
    EXPECT_FALSE(token);
    return token ? Failure() : token.error();
  }

  FakeClock clock_;
  Source source_{clock_};
  // Told by whichever thread has asked.
  std::atomic<int> told_good_ = 0;
  std::atomic<int> told_bad_ = 0;
  TokenCache cache_{source_, clock_,
                    [this](const std::optional<TenantId>&, const ArmResult<AccessToken>& answer) {
                      ++(answer ? told_good_ : told_bad_);
                    }};
};

TEST_F(TokenCacheTest, KeepsATokenUntilTenMinutesBeforeItsEnd) {
  EXPECT_EQ(get(), "token-1");
  clock_.advance(49min);
  EXPECT_EQ(get(), "token-1");
  clock_.advance(1min);
  EXPECT_EQ(get(), "token-2");
  EXPECT_EQ(told_good_, 2);
}

struct Life {
  const char* description;
  Duration life;
  Duration kept_for;
};

TEST_F(TokenCacheTest, RenewsAShortLivedTokenAtHalfOfItsLife) {
  for (const Life& one : std::vector<Life>{{"ten minutes", 10min, 5min},
                                           {"five seconds", 5s, 2500ms},
                                           {"a day", 24h, 24h - 10min},
                                           {"ended on arrival: a wrong clock", -1h, 15s},
                                           {"no life at all", 0s, 15s}}) {
    FakeClock clock;
    Source source(clock);
    source.life = one.life;
    TokenCache cache(source, clock, {});
    ASSERT_TRUE(cache.token(std::nullopt, {}));
    clock.advance(one.kept_for - 1ms);
    ASSERT_TRUE(cache.token(std::nullopt, {}));
    EXPECT_EQ(source.fetches, 1) << one.description;
    clock.advance(1ms);
    ASSERT_TRUE(cache.token(std::nullopt, {}));
    EXPECT_EQ(source.fetches, 2) << one.description;
  }
}

TEST_F(TokenCacheTest, EachTenantHasItsOwn) {
  EXPECT_EQ(get(), "token-1");
  EXPECT_EQ(get(kTenant), "token-2");
  EXPECT_EQ(get(), "token-1");
}

TEST_F(TokenCacheTest, ABrokenTenantDoesNotStopTheOthers) {
  source_.broken = true;
  source_.only_for = kTenant;
  EXPECT_EQ(get(kTenant), "failed: it is broken");
  EXPECT_EQ(get(), "token-2");
}

TEST_F(TokenCacheTest, AFailedRenewalKeepsTheOldTokenWhileItIsGood) {
  EXPECT_EQ(get(), "token-1");
  source_.broken = true;
  clock_.advance(50min);
  EXPECT_EQ(get(), "token-1");
  EXPECT_EQ(source_.fetches, 2);
  EXPECT_EQ(get(), "token-1");
  EXPECT_EQ(source_.fetches, 2) << "not before the pause is over";
  clock_.advance(2s);
  EXPECT_EQ(get(), "token-1");
  EXPECT_EQ(source_.fetches, 3);
  clock_.advance(10min - 2s - 20s);
  EXPECT_EQ(get(), "failed: it is broken") << "too near to its end to be sent";
  source_.broken = false;
  clock_.advance(2min);
  EXPECT_EQ(get(), "token-5");
}

TEST_F(TokenCacheTest, AsksAFailingSourceLessAndLessOften) {
  source_.broken = true;
  std::vector<std::chrono::seconds> pauses;
  for (int i = 0; i < 8; ++i) {
    const Failure failure = fails();
    ASSERT_TRUE(failure.server_wait);
    pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(*failure.server_wait));
    clock_.advance(*failure.server_wait - 1ms);
    EXPECT_EQ(fails().server_wait, std::optional<Duration>(1ms)) << "what is left of the pause";
    EXPECT_EQ(source_.fetches, i + 1);
    clock_.advance(1ms);
  }
  EXPECT_EQ(pauses, (std::vector<std::chrono::seconds>{2s, 4s, 8s, 16s, 32s, 64s, 120s, 120s}));
}

TEST_F(TokenCacheTest, WaitsAsLongAsTheServerWishesWithinReason) {
  source_.broken = true;
  source_.failure.server_wait = 30s;
  EXPECT_EQ(fails().server_wait, std::optional<Duration>(30s));
  source_.failure.server_wait = 24h * 365;
  clock_.advance(30s);
  EXPECT_EQ(fails().server_wait, std::optional<Duration>(10min));
}

TEST_F(TokenCacheTest, WhatNeedsAPersonSaysNothingOfAWait) {
  source_.broken = true;
  source_.failure = credential_failure("the secret is wrong", NextTry::Slow);
  EXPECT_EQ(fails().server_wait, std::nullopt);
  EXPECT_EQ(fails().next, NextTry::Slow);
  EXPECT_EQ(source_.fetches, 1);
}

TEST_F(TokenCacheTest, ADroppedTokenIsReplacedOnce) {
  EXPECT_EQ(get(), "token-1");
  for (int i = 0; i < 3; ++i) cache_.drop(std::nullopt, Secret("token-1"));
  EXPECT_EQ(get(), "token-2");
  cache_.drop(std::nullopt, Secret("token-1"));  // by one who was slow to hear of it
  EXPECT_EQ(get(), "token-2");
  EXPECT_EQ(source_.fetches, 2);
}

TEST_F(TokenCacheTest, AReplacementThatIsRefusedAtOnceIsNotReplacedAgainAndAgain) {
  source_.always_the_same = true;
  EXPECT_EQ(get(), "token");
  for (int i = 0; i < 100; ++i) {
    cache_.drop(std::nullopt, Secret("token"));
    EXPECT_EQ(get(), "token");
  }
  EXPECT_EQ(source_.fetches, 2);
  clock_.advance(10s);
  cache_.drop(std::nullopt, Secret("token"));
  EXPECT_EQ(get(), "token");
  EXPECT_EQ(source_.fetches, 3);
}

TEST_F(TokenCacheTest, WhoeverIsToldToStopTeachesNothingAboutTheCredential) {
  std::stop_source stopping;
  source_.broken = true;
  source_.while_fetching = [&](const std::stop_token&) { stopping.request_stop(); };
  EXPECT_FALSE(cache_.token(std::nullopt, stopping.get_token()));
  EXPECT_EQ(told_bad_, 0);
  source_.broken = false;
  source_.while_fetching = {};
  EXPECT_EQ(get(), "token-2") << "no pause";
}

TEST_F(TokenCacheTest, ASourceThatThrowsDoesNotLockOutTheOthers) {
  source_.throws = true;
  EXPECT_THROW(get(), std::runtime_error);
  source_.throws = false;
  EXPECT_EQ(get(), "token-2");
}

// Holds a fetch until it is let go.
class Gate {
 public:
  void hold() {
    waiting_ = true;
    EXPECT_TRUE(eventually("the gate is open", [this] { return open_.load(); }));
  }
  void wait_until_held() {
    EXPECT_TRUE(eventually("a fetch is at the gate", [this] { return waiting_.load(); }));
  }
  void open() { open_ = true; }

 private:
  std::atomic<bool> waiting_ = false;
  std::atomic<bool> open_ = false;
};

TEST_F(TokenCacheTest, WhileOneRenewsTheOthersGoOnWithTheOldToken) {
  EXPECT_EQ(get(), "token-1");
  clock_.advance(50min);
  Gate gate;
  source_.while_fetching = [&](const std::stop_token&) { gate.hold(); };
  std::string renewed;
  {
    const std::jthread renewer([&] { renewed = get(); });
    gate.wait_until_held();
    EXPECT_EQ(get(), "token-1");
    EXPECT_EQ(get(), "token-1");
    gate.open();
  }
  EXPECT_EQ(renewed, "token-2");
  EXPECT_EQ(get(), "token-2");
  EXPECT_EQ(source_.fetches, 2);
}

TEST_F(TokenCacheTest, ManyWhoNeedTheFirstTokenAskOnce) {
  constexpr std::size_t kCallers = 16;
  Gate gate;
  source_.while_fetching = [&](const std::stop_token&) { gate.hold(); };
  std::vector<std::string> tokens(kCallers);
  {
    std::vector<std::jthread> callers;
    for (std::string& token : tokens) callers.emplace_back([&] { token = get(); });
    gate.wait_until_held();
    gate.open();
  }
  EXPECT_EQ(tokens, std::vector<std::string>(kCallers, "token-1"));
  EXPECT_EQ(source_.fetches, 1);
}

TEST_F(TokenCacheTest, ManyWhoNeedTheFirstTokenShareItsFailure) {
  constexpr std::size_t kCallers = 8;
  Gate gate;
  source_.broken = true;
  source_.while_fetching = [&](const std::stop_token&) { gate.hold(); };
  std::vector<std::string> tokens(kCallers);
  {
    std::vector<std::jthread> callers;
    for (std::string& token : tokens) callers.emplace_back([&] { token = get(); });
    gate.wait_until_held();
    gate.open();
  }
  EXPECT_EQ(tokens, std::vector<std::string>(kCallers, "failed: it is broken"));
  EXPECT_EQ(source_.fetches, 1);
}

TEST_F(TokenCacheTest, WaitingEndsWhenToldToStop) {
  Gate gate;
  source_.while_fetching = [&](const std::stop_token&) { gate.hold(); };
  std::stop_source stopping;
  const std::jthread fetcher([&] { get(); });
  gate.wait_until_held();
  {
    const std::jthread waiter([&] {
      auto token = cache_.token(std::nullopt, stopping.get_token());
      EXPECT_FALSE(token);
    });
    stopping.request_stop();
  }
  gate.open();
}

TEST_F(TokenCacheTest, ManyThreadsRenewingAndDroppingAllGetTokens) {
  constexpr int kRounds = 200;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([this, caller] {
      const auto tenant = caller % 2 == 0 ? std::optional<TenantId>() : kTenant;
      for (int round = 0; round < kRounds; ++round) {
        auto token = cache_.token(tenant, {});
        ASSERT_TRUE(token);
        if (round % 10 == 0) cache_.drop(tenant, *token);
        clock_.advance(1s);
      }
    });
  }
  callers.clear();
  EXPECT_EQ(told_good_, source_.fetches);
}

TEST_F(TokenCacheTest, AProofIsANewTokenAndItsFailureLeavesTheOldOneInUse) {
  EXPECT_TRUE(cache_.prove(std::nullopt, {}));
  EXPECT_TRUE(cache_.prove(std::nullopt, {}));
  EXPECT_EQ(source_.fetches, 2);
  EXPECT_EQ(get(), "token-2");
  source_.broken = true;
  const auto refused = cache_.prove(std::nullopt, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "it is broken");
  EXPECT_EQ(get(), "token-2") << "which is still valid";
  const int asked = source_.fetches;
  EXPECT_FALSE(cache_.prove(std::nullopt, {}));
  EXPECT_EQ(source_.fetches, asked) << "its pause is not over";
  clock_.advance(3s);
  source_.broken = false;
  EXPECT_TRUE(cache_.prove(std::nullopt, {}));
  EXPECT_EQ(source_.fetches, asked + 1);
}

TEST_F(TokenCacheTest, APersonsRequestGoesThroughButNotInALoop) {
  source_.broken = true;
  source_.failure.next = NextTry::Soon;
  source_.failure.server_wait = 10min;
  fails();
  source_.broken = false;
  EXPECT_NE(get(), "token-2") << "it waits";
  cache_.try_again(kTenant);
  EXPECT_NE(get(), "token-2") << "that was another tenant";
  cache_.try_again(std::nullopt);
  EXPECT_EQ(get(), "token-2");

  source_.broken = true;
  clock_.advance(2h);
  fails();
  const int asked = source_.fetches;
  cache_.try_again();
  fails();
  EXPECT_EQ(source_.fetches, asked + 1);
  for (int i = 0; i < 10; ++i) {
    cache_.try_again();
    fails();
  }
  EXPECT_EQ(source_.fetches, asked + 1);
  clock_.advance(30s);
  cache_.try_again();
  fails();
  EXPECT_EQ(source_.fetches, asked + 2);
}

}  // namespace
}  // namespace defenderd
