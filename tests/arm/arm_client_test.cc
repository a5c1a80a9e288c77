#include "arm/arm_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include "core/timing.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_transport.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

using Kind = TransportError::Kind;

// "token-1", "token-2", ...: good for an hour each.
class CountingTokens final : public TokenSource {
 public:
  explicit CountingTokens(const Clock& clock) : clock_(clock) {}
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant, std::stop_token) override {
    tenants.push_back(tenant);
    if (failing) return Unexpected(credential_failure("no credential"));
    const std::size_t number = same ? 1 : tenants.size();
    return AccessToken{Secret("token-" + std::to_string(number)), clock_.wall_now() + 1h};
  }
  std::vector<std::optional<TenantId>> tenants;
  bool failing = false;
  bool same = false;  // as a token that a file has

 private:
  const Clock& clock_;
};

class ArmClientTest : public testing::Test {
 protected:
  ArmObserver observer() {
    ArmObserver observer;
    observer.answered = [this](ArmOperation operation, int status, Duration) {
      seen_.push_back(std::string(to_text(operation)) + " " + std::to_string(status));
    };
    observer.silent = [this](ArmOperation operation, ArmSilence why, Duration) {
      seen_.push_back(std::string(to_text(operation)) + " " + std::string(to_text(why)));
    };
    observer.throttled = [this] { seen_.emplace_back("throttled"); };
    observer.rate_limit_remaining = [this](std::string_view header, double remaining) {
      seen_.push_back(std::string(header) + "=" + std::to_string(static_cast<int>(remaining)));
    };
    return observer;
  }

  static ArmCall get(unsigned n = 1) {
    ArmCall call;
    call.subscription = subscription_id(n);
    call.target = "/some/thing?api-version=1";
    return call;
  }
  static ArmCall put(unsigned n = 1) {
    ArmCall call = get(n);
    call.operation = ArmOperation::Write;
    call.method = "PUT";
    call.body = R"({"properties":{}})";
    return call;
  }
  // The failure of a call that must fail.
  Failure failed(const ArmCall& call) {
    auto answer = client_.call(call, {});
    EXPECT_FALSE(answer);
    return answer ? Failure() : answer.error();
  }

  FakeClock clock_;
  FakeTransport wire_;
  CountingTokens source_{clock_};
  TokenCache tokens_{source_, clock_, {}};
  Throttle throttle_{clock_, {20, 5}};
  std::vector<std::string> seen_;
  ArmClient client_{wire_,  tokens_,    throttle_,
                    clock_, observer(), {{true, "arm.example", 8443}, "defenderd/1.2 (+url)", 70s}};
};

TEST_F(ArmClientTest, SendsWhatArmAsksFor) {
  wire_.answer(200, "body", {{"x-ms-request-id", "r-1"}, {"X-Ms-Correlation-Request-Id", "c-1"}});
  wire_.answer(201);
  const auto answer = client_.call(get(), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "body");
  ASSERT_TRUE(client_.call(put(), {}));
  const auto requests = wire_.requests();
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].origin.text(), "https://arm.example:8443");
  EXPECT_EQ(requests[0].target, "/some/thing?api-version=1");
  EXPECT_EQ(requests[0].content_type, "");
  EXPECT_EQ(requests[0].timeout, Duration(70s));
  EXPECT_EQ(requests[1].method, "PUT");
  EXPECT_EQ(requests[1].body, R"({"properties":{}})");
  EXPECT_EQ(requests[1].content_type, "application/json");
  for (std::size_t n : {0U, 1U}) {
    EXPECT_EQ(wire_.header(n, "Authorization"), "Bearer token-1");
    EXPECT_EQ(wire_.header(n, "User-Agent"), "defenderd/1.2 (+url)");
    EXPECT_EQ(wire_.header(n, "Accept"), "application/json");
    EXPECT_EQ(wire_.header(n, "Accept-Language"), "en-US");
  }
  EXPECT_EQ(answer->trace, (ArmTrace{"r-1", "c-1", wire_.header(0, "x-ms-client-request-id")}));
  EXPECT_EQ(seen_, (std::vector<std::string>{"read 200", "write 201"}));
}

TEST_F(ArmClientTest, GivesEachRequestAGuidOfItsOwn) {
  const std::regex guid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> ids;
  for (std::size_t n = 0; n < 20; ++n) {
    wire_.answer(200);
    ASSERT_TRUE(client_.call(get(), {}));
    ids.insert(wire_.header(n, "x-ms-client-request-id"));
  }
  EXPECT_EQ(ids.size(), 20U);
  for (const std::string& id : ids) EXPECT_TRUE(std::regex_match(id, guid)) << id;
}

TEST_F(ArmClientTest, AFailureCarriesAllIdsOfItsExchange) {
  wire_.answer(500, R"({"error":{"code":"Oops","message":"m"}})",
               {{"x-ms-request-id", "r-1"}, {"x-ms-correlation-request-id", "c\n1"}});
  const Failure failure = failed(put());
  EXPECT_EQ(failure.http_status, 500);
  EXPECT_EQ(failure.arm_code, "Oops");
  EXPECT_EQ(failure.trace, (ArmTrace{"r-1", "c 1", wire_.header(0, "x-ms-client-request-id")}));
  EXPECT_TRUE(failure.maybe_applied);
  wire_.answer(503, "", {{"x-ms-routing-request-id", "WESTEUROPE:20260101T000000Z:r-2"}});
  EXPECT_EQ(failed(put()).trace.request_id, "WESTEUROPE:20260101T000000Z:r-2");
}

TEST_F(ArmClientTest, ARefusedTokenIsReplacedOnce) {
  wire_.answer(401, R"({"error":{"code":"ExpiredAuthenticationToken"}})");
  wire_.answer(200, "good");
  const auto answer = client_.call(get(), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "good");
  EXPECT_EQ(wire_.header(0, "Authorization"), "Bearer token-1");
  EXPECT_EQ(wire_.header(1, "Authorization"), "Bearer token-2");
  EXPECT_NE(wire_.header(0, "x-ms-client-request-id"), wire_.header(1, "x-ms-client-request-id"));
}

TEST_F(ArmClientTest, ACallWithATurnWaitsForNothing) {
  ArmCall call = put();
  ASSERT_TRUE(client_.await_turn(call, {}));
  EXPECT_TRUE(clock_.sleeps().empty());
  ASSERT_TRUE(client_.await_turn(call, {}));
  EXPECT_EQ(clock_.sleeps().size(), 1U) << "the turn is what is waited for";
  EXPECT_EQ(source_.tenants.size(), 1U) << "and the token";
  call.has_turn = true;
  wire_.answer(200);
  ASSERT_TRUE(client_.call(call, {}));
  EXPECT_EQ(clock_.sleeps().size(), 1U);
}

TEST_F(ArmClientTest, ACallWithATurnIsNotRepeatedWithAnotherToken) {
  ArmCall call = put();
  ASSERT_TRUE(client_.await_turn(call, {}));
  call.has_turn = true;
  wire_.answer(401, R"({"error":{"code":"ExpiredAuthenticationToken"}})");
  EXPECT_EQ(failed(call).http_status, 401);
  EXPECT_EQ(wire_.requests().size(), 1U);
  ASSERT_TRUE(client_.await_turn(call, {}));
  EXPECT_EQ(source_.tenants.size(), 2U) << "the next turn comes with another one";
}

TEST_F(ArmClientTest, AStopEndsTheWaitForATurn) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(client_.await_turn(put(), stop.get_token()));
}

TEST_F(ArmClientTest, AWaitOfADayIsCutShort) {
  wire_.answer(429, R"({"error":{"code":"TooManyRequests"}})", {{"Retry-After", "99999999"}});
  EXPECT_EQ(failed(get()).server_wait, kLongestServerWait);
}

TEST_F(ArmClientTest, ATokenThatWasRefusedIsNotSentAgain) {
  source_.same = true;
  wire_.answer(401, R"({"error":{"code":"InvalidAuthenticationToken"}})");
  EXPECT_EQ(failed(get()).http_status, 401);
  EXPECT_EQ(source_.tenants.size(), 2U) << "a new one was asked for";
  EXPECT_EQ(wire_.requests().size(), 1U);
}

TEST_F(ArmClientTest, ASecondRefusalIsTheAnswer) {
  wire_.answer(401, R"({"error":{"code":"ExpiredAuthenticationToken"}})");
  wire_.answer(401, R"({"error":{"code":"ExpiredAuthenticationToken"}})");
  const Failure failure = failed(get());
  EXPECT_EQ(failure.reason, Reason::Unauthorized);
  EXPECT_NE(failure.message.find("check this machine's clock"), std::string::npos);
  EXPECT_EQ(wire_.requests().size(), 2U);
}

TEST_F(ArmClientTest, AChallengeIsReportedAsWhatItIs) {
  const HttpHeaders challenge{
      {"WWW-Authenticate",
       R"(Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7fX19")"}};
  for (int i = 0; i < 2; ++i)
    wire_.answer(401, R"({"error":{"code":"InvalidAuthenticationToken"}})", challenge);
  const Failure failure = failed(get());
  EXPECT_EQ(failure.reason, Reason::Unauthorized);
  EXPECT_EQ(failure.next, NextTry::Slow) << "a person has to act";
  EXPECT_NE(failure.message.find("a token with further claims (nbf)"), std::string::npos);
  EXPECT_EQ(wire_.requests().size(), 2U) << "once more, with a new token";
}

TEST_F(ArmClientTest, AChallengedTokenIsNotSentAgainWhereThereIsNoOther) {
  const HttpHeaders challenge{{"WWW-Authenticate", R"(Bearer error="insufficient_claims")"}};
  source_.same = true;
  wire_.answer(401, "{}", challenge);
  EXPECT_NE(failed(get()).message.find("further claims"), std::string::npos);
  EXPECT_EQ(wire_.requests().size(), 1U);
  source_.failing = true;
  wire_.answer(401, "{}", challenge);
  clock_.advance(1min);  // the replacement is old enough to be given up
  const Failure none = failed(get());
  EXPECT_NE(none.message.find("no credential"), std::string::npos);
  EXPECT_NE(none.message.find("further claims"), std::string::npos) << none.message;
  EXPECT_EQ(wire_.requests().size(), 2U);
}

TEST_F(ArmClientTest, AWrongTenantKeepsTheToken) {
  wire_.answer(401, R"({"error":{"code":"InvalidAuthenticationTokenTenant"}})");
  wire_.answer(200);
  EXPECT_EQ(failed(get(1)).reason, Reason::WrongTenant);
  EXPECT_TRUE(client_.call(get(2), {}));
  EXPECT_EQ(source_.tenants.size(), 1U) << "the others go on with the same token";
}

TEST_F(ArmClientTest, TheTenantPicksTheToken) {
  ArmCall call = get();
  call.tenant = TenantId::parse("72f988bf-0000-4000-8000-2d7cd011db47");
  wire_.answer(200);
  wire_.answer(200);
  ASSERT_TRUE(client_.call(call, {}));
  ASSERT_TRUE(client_.call(get(), {}));
  EXPECT_EQ(source_.tenants, (std::vector<std::optional<TenantId>>{call.tenant, std::nullopt}));
}

TEST_F(ArmClientTest, WithoutATokenNothingIsSent) {
  source_.failing = true;
  const Failure failure = failed(put());
  EXPECT_EQ(failure.reason, Reason::CredentialFailed);
  EXPECT_FALSE(failure.maybe_applied);
  EXPECT_TRUE(wire_.requests().empty());
}

struct SilenceCase {
  const char* description;
  Kind kind;
  bool may_have_arrived;
  Reason reason;
  const char* seen;
};

TEST_F(ArmClientTest, SilenceHasAReasonAndAPutMayHaveBeenCarriedOut) {
  const std::vector<SilenceCase> cases{
      {"refused", Kind::Connect, false, Reason::ConnectionFailed, "connection"},
      {"certificate", Kind::Tls, false, Reason::TlsFailed, "tls"},
      {"slow", Kind::Timeout, true, Reason::Timeout, "timeout"},
      {"broken", Kind::Broken, true, Reason::ConnectionFailed, "connection"},
      {"not HTTP", Kind::Malformed, true, Reason::MalformedAnswer, "malformed"},
      {"too large", Kind::TooLarge, true, Reason::MalformedAnswer, "malformed"},
      {"not sendable", Kind::BadRequest, false, Reason::InvalidRequest, "malformed"},
  };
  for (const SilenceCase& test : cases) {
    SCOPED_TRACE(test.description);
    seen_.clear();
    wire_.fail({test.kind, "what happened", test.may_have_arrived});
    wire_.fail({test.kind, "what happened", test.may_have_arrived});
    const Failure writing = failed(put());
    EXPECT_EQ(writing.reason, test.reason);
    EXPECT_EQ(writing.next, NextTry::Soon);
    EXPECT_EQ(writing.message, "what happened");
    EXPECT_EQ(writing.http_status, 0);
    EXPECT_EQ(writing.maybe_applied, test.may_have_arrived);
    EXPECT_NE(writing.trace.client_request_id, "");
    EXPECT_FALSE(failed(get()).maybe_applied) << "a read changes nothing";
    EXPECT_EQ(seen_, (std::vector<std::string>{std::string("write ") + test.seen,
                                               std::string("read ") + test.seen}));
  }
}

TEST_F(ArmClientTest, AnAnswerOfSomethingElseMeansNothingToArm) {
  const HttpHeaders html{{"Content-Type", "text/html"}};
  const std::string page = "<html>Access denied</html>";
  wire_.answer(403, page, html);
  Failure failure = failed(put());
  EXPECT_EQ(failure.reason, Reason::MalformedAnswer);
  EXPECT_EQ(failure.next, NextTry::Soon);
  EXPECT_TRUE(failure.maybe_applied) << "observed before it is written again";
  EXPECT_EQ(failure.message.find("deploy/azure"), std::string::npos) << failure.message;
  EXPECT_NE(failure.message.find("check the proxy"), std::string::npos) << failure.message;
  const std::size_t sent = wire_.requests().size();
  wire_.answer(401, page, html);
  EXPECT_EQ(failed(get()).reason, Reason::MalformedAnswer);
  EXPECT_EQ(wire_.requests().size(), sent + 1) << "the token is good, and not replaced";
  wire_.answer(302, "", {{"Location", "https://portal.example/"}});
  EXPECT_NE(failed(get()).message.find("a redirect to portal.example"), std::string::npos);
  wire_.answer(503, page, html);
  failure = failed(get());
  EXPECT_EQ(failure.reason, Reason::ServerError) << "Azure's gateways answer so too";
  EXPECT_NE(failure.message.find("ARM answered GET 503 with a page of HTML; if this lasts, check"),
            std::string::npos)
      << failure.message;
}

TEST_F(ArmClientTest, AStopIsNoSilenceOfArm) {
  wire_.fail({Kind::Stopped, "stopped", true});
  EXPECT_TRUE(failed(put()).maybe_applied);
  std::stop_source stop;
  stop.request_stop();
  const auto answer = client_.call(put(), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_FALSE(answer.error().maybe_applied) << "it never left";
  EXPECT_TRUE(seen_.empty());
}

TEST_F(ArmClientTest, HonoursRetryAfterAndTellsTheThrottle) {
  for (unsigned n = 1; n <= 3; ++n) {
    wire_.answer(429, R"({"error":{"code":"TooManyRequests"}})", {{"retry-after", "90"}});
    const Failure failure = failed(get(n));
    EXPECT_EQ(failure.reason, Reason::Throttled);
    EXPECT_EQ(failure.next, NextTry::ServerWait);
    EXPECT_EQ(failure.server_wait, Duration(90s));
  }
  EXPECT_EQ(std::count(seen_.begin(), seen_.end(), "throttled"), 3);
  clock_.advance(30s);
  const SteadyTime before = clock_.steady_now();
  const Failure kept = failed(get(4));
  EXPECT_EQ(clock_.steady_now(), before) << "the worker is free for other tenants";
  EXPECT_EQ(kept.reason, Reason::Throttled);
  EXPECT_EQ(kept.next, NextTry::ServerWait);
  EXPECT_EQ(kept.server_wait, Duration(60s));
  EXPECT_NE(kept.message.find("for another 1m"), std::string::npos) << kept.message;
  EXPECT_EQ(kept.lasted, Duration(30s));
  EXPECT_EQ(wire_.requests().size(), 3U) << "nothing more was sent";
}

TEST_F(ArmClientTest, ReportsWhatIsLeftOfTheQuota) {
  wire_.answer(200, "",
               {{"X-Ms-RateLimit-Remaining-Subscription-Resource-Requests", "749"},
                {"x-ms-ratelimit-remaining-resource", "Microsoft.X/Get3Min;159"},
                {"x-ms-request-id", "7"}});
  ASSERT_TRUE(client_.call(get(), {}));
  EXPECT_EQ(seen_, (std::vector<std::string>{
                       "read 200", "x-ms-ratelimit-remaining-subscription-resource-requests=749"}));
}

TEST_F(ArmClientTest, StaysWithinTheBudget) {
  for (int i = 0; i < 20; ++i) {
    wire_.answer(200);
    ASSERT_TRUE(client_.call(put(), {}));
  }
  EXPECT_EQ(clock_.sleeps().size(), 19U) << "five a second, from the first on";
}

TEST_F(ArmClientTest, SlowsDownWhereLittleIsLeft) {
  const auto pause_after = [&](unsigned n, const std::string& name, const std::string& left) {
    wire_.answer(200, "{}", {{name, left}});
    ArmCall call = get();
    call.subscription = subscription_id(n);
    EXPECT_TRUE(client_.call(call, {}));
    const SteadyTime answered = clock_.steady_now();
    wire_.answer(200, "{}");
    EXPECT_TRUE(client_.call(get(), {}));
    return clock_.steady_now() - answered;
  };
  const std::string reads = "x-ms-ratelimit-remaining-subscription-reads";
  EXPECT_EQ(pause_after(1, reads, "0"), 50ms);
  EXPECT_EQ(pause_after(2, reads, "0"), 50ms);
  EXPECT_EQ(pause_after(3, reads, "nan"), 50ms) << "that says nothing";
  EXPECT_EQ(pause_after(3, "X-MS-RateLimit-Remaining-Subscription-Resource-Requests", "10"), 250ms);
  EXPECT_EQ(pause_after(4, reads, "250"), 50ms);
  EXPECT_EQ(pause_after(5, reads, "0"), 50ms);
}

TEST_F(ArmClientTest, MalformedNamesTheSettingToCheck) {
  const Failure failure = client_.malformed(put(), {.request_id = "r"}, "the answer is not JSON");
  EXPECT_EQ(failure.reason, Reason::MalformedAnswer);
  EXPECT_EQ(failure.trace.request_id, "r");
  EXPECT_TRUE(failure.maybe_applied);
  EXPECT_EQ(failure.message,
            "https://arm.example:8443: the answer is not JSON; check azure.endpoints."
            "resourceManager and any proxy in between");
  EXPECT_FALSE(client_.malformed(get(), {}, "x").maybe_applied);
}

}  // namespace
}  // namespace defenderd
