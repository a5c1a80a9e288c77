#include "app/token_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/ids.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TokenLogTest : public testing::Test {
 protected:
  static std::optional<TenantId> tenant(int n) {
    return TenantId::parse(guid(static_cast<unsigned>(n)));
  }
  static Failure no_token(NextTry next, int status, const std::string& code = "") {
    Failure failed = failure(Reason::CredentialFailed, next, "no token: " + std::to_string(status));
    failed.http_status = status;
    failed.arm_code = code;
    return failed;
  }
  static Failure expired() { return no_token(NextTry::Slow, 401, "invalid_client"); }
  static Failure outage() { return no_token(NextTry::Soon, 503, "temporarily_unavailable"); }

  // The lines since the last call, without their time.
  std::vector<std::string> lines() { return std::exchange(lines_, {}); }

  FakeClock clock_;
  std::vector<std::string> lines_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { lines_.emplace_back(line.substr(25)); }};
  TokenLog tokens_{log_};
};

TEST_F(TokenLogTest, AFailureIsLoggedWhenItStartsWhenItsKindChangesAndWhenItEnds) {
  tokens_.succeeded(tenant(1));
  EXPECT_THAT(lines(), IsEmpty());
  for (int hour = 0; hour < 30; ++hour) tokens_.failed(tenant(1), expired());
  EXPECT_THAT(lines(),
              ElementsAre("WARN  token_failed  no new token; a token that is still valid stays in "
                          "use: no token: 401  tenant=00000000-0000-4000-8000-000000000001 "
                          "arm_code=invalid_client"));
  tokens_.failed(tenant(1), outage());
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("no token: 503")));
  tokens_.succeeded(tenant(1));
  tokens_.succeeded(tenant(1));
  EXPECT_THAT(lines(), ElementsAre("INFO  token_recovered  a token was obtained again  "
                                   "tenant=00000000-0000-4000-8000-000000000001"));
  tokens_.failed(tenant(1), expired());
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("token_failed"))) << "it starts again";
}

TEST_F(TokenLogTest, AnOutageThatAnswersNowAndThenIsOneKind) {
  for (int i = 0; i < 20; ++i) {
    tokens_.failed(std::nullopt, outage());
    tokens_.failed(std::nullopt, no_token(NextTry::Soon, 0));
    tokens_.failed(std::nullopt, no_token(NextTry::Soon, 429));
  }
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("no token: 503"), Not(HasSubstr("tenant=")))));
  tokens_.failed(std::nullopt, no_token(NextTry::Slow, 0));
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("no token: 0"))) << "a person must act";
}

TEST_F(TokenLogTest, AnOutageOfManyTenantsIsAFewLines) {
  for (int retry = 0; retry < 20; ++retry)
    for (int n = 1; n <= 50; ++n) tokens_.failed(tenant(n), outage());
  const auto failed = lines();
  ASSERT_EQ(failed.size(), 5U) << "three, the fourth, and ten times as many";
  EXPECT_EQ(failed[3],
            "WARN  token_failed  no new token for 4 tenants and maybe more (not logged one by "
            "one); tokens that are still valid stay in use: no token: 503. For example "
            "00000000-0000-4000-8000-000000000001, 00000000-0000-4000-8000-000000000002, "
            "00000000-0000-4000-8000-000000000003  arm_code=temporarily_unavailable count=4");
  EXPECT_EQ(failed[4],
            "WARN  token_failed  no new token, by now for 40 tenants: no token: 503  count=40");
  tokens_.failed(tenant(99), expired());
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("401"))) << "another kind is not folded with it";

  for (int n = 1; n <= 48; ++n) tokens_.succeeded(tenant(n));
  EXPECT_THAT(lines(),
              ElementsAre("INFO  token_recovered  tokens can be obtained again for 47 tenants; "
                          "still none for 00000000-0000-4000-8000-000000000048, "
                          "00000000-0000-4000-8000-000000000049, "
                          "00000000-0000-4000-8000-000000000050  count=47",
                          HasSubstr("000000000048")));
  tokens_.failed(tenant(49), outage());
  EXPECT_THAT(lines(), IsEmpty()) << "it never recovered";
  tokens_.failed(tenant(1), outage());
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("tenant=00000000-0000-4000-8000-000000000001")))
      << "few again, each with a line";
}

TEST_F(TokenLogTest, AFailureThatBecomesAnotherOneHasNotRecovered) {
  for (int n = 1; n <= 20; ++n) tokens_.failed(tenant(n), outage());
  (void)lines();
  for (int n = 1; n <= 20; ++n) tokens_.failed(tenant(n), expired());
  for (const std::string& line : lines()) EXPECT_THAT(line, HasSubstr("token_failed"));
  for (int n = 1; n <= 20; ++n) tokens_.succeeded(tenant(n));
  EXPECT_THAT(lines(), testing::SizeIs(4)) << "17 together, and three";
}

TEST_F(TokenLogTest, TenantsThatAnEditRemovedHideNoLaterOutage) {
  for (int n = 1; n <= 20; ++n) tokens_.failed(tenant(n), outage());
  (void)lines();
  tokens_.keep_only({std::nullopt, tenant(1)});
  EXPECT_THAT(lines(), IsEmpty()) << "they have not recovered";
  tokens_.succeeded(tenant(1));
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("a token was obtained again")));
  tokens_.failed(tenant(30), outage());
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("000000000030")));
}

}  // namespace
}  // namespace defenderd
