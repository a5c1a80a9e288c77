#include "app/azure_watch.h"

#include <thread>

#include "app/recorded.h"
#include "support/builders.h"

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AzureWatchTest : public Recorded {
 protected:
  ArmResult<AccessToken> token(WallTime expires) const {
    return AccessToken{Secret("a-token"), expires};
  }

  AzureWatch watch_{metrics_, log_};
  AzureStack::Observers observers_ = watch_.observers();
};

TEST_F(AzureWatchTest, ShowsWhenTheDefaultTenantsTokenExpires) {
  EXPECT_EQ(watch_.snapshot().token_expires, std::nullopt);
  const WallTime soon = clock_.wall_now() + std::chrono::hours(1);
  observers_.token(std::nullopt, token(soon));
  observers_.token(TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"),
                   token(soon + std::chrono::hours(1)));
  EXPECT_EQ(watch_.snapshot().token_expires, soon);
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(AzureWatchTest, AFailedTokenRequestIsLoggedAndKeepsTheLastExpiry) {
  const WallTime soon = clock_.wall_now() + std::chrono::hours(1);
  observers_.token(std::nullopt, token(soon));
  Failure failed = failure(Reason::CredentialFailed, NextTry::Soon, "the secret has expired");
  failed.trace.request_id = "request-1";
  observers_.token(std::nullopt, Unexpected(failed));
  EXPECT_EQ(watch_.snapshot().token_expires, soon);
  EXPECT_THAT(logged_, ElementsAre(testing::AllOf(HasSubstr("token_failed"),
                                                  HasSubstr("the secret has expired"),
                                                  HasSubstr("request-1"))));
  EXPECT_EQ(metric(R"(token_requests_total{result="failure"})"), "1");
  observers_.token(std::nullopt, Unexpected(failed));
  EXPECT_EQ(logged_.size(), 1U) << "a retry";
  EXPECT_EQ(metric(R"(token_requests_total{result="failure"})"), "2");
  observers_.token(std::nullopt, token(soon));
  EXPECT_THAT(logged_, ElementsAre(testing::_, HasSubstr("token_recovered")));
}

TEST_F(AzureWatchTest, ALongPauseIsLoggedWithWhatItMeans) {
  const auto tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  observers_.arm.paused(std::nullopt, Throttle::Kind::Read, std::chrono::minutes(10));
  observers_.arm.paused(tenant, Throttle::Kind::Write, std::chrono::minutes(10));
  observers_.arm.resumed(tenant, Throttle::Kind::Write);
  EXPECT_THAT(
      logged_,
      ElementsAre(
          testing::AllOf(HasSubstr("throttled"), HasSubstr("reads of the default tenant"),
                         HasSubstr("none for 10m"), HasSubstr("as they were last observed")),
          testing::AllOf(HasSubstr("writes of 1b2c3d4e"), HasSubstr("still observed")),
          HasSubstr("answers writes of 1b2c3d4e")));
}

TEST_F(AzureWatchTest, KeepsTheLastValueOfEachQuota) {
  const auto& left = observers_.arm.rate_limit_remaining;
  left("x-ms-ratelimit-remaining-tenant-reads", 100);
  left("x-ms-ratelimit-remaining-subscription-reads", 12);
  left("x-ms-ratelimit-remaining-tenant-reads", 99);
  EXPECT_THAT(watch_.snapshot().quotas,
              ElementsAre(DaemonStatus::Quota{"x-ms-ratelimit-remaining-subscription-reads", 12},
                          DaemonStatus::Quota{"x-ms-ratelimit-remaining-tenant-reads", 99}));
}

TEST_F(AzureWatchTest, NamesOfQuotasCannotGrowWithoutBound) {
  const auto& left = observers_.arm.rate_limit_remaining;
  left("x-ms-ratelimit-remaining-" + std::string(200, 'x'), 1);
  left("x-ms-ratelimit-remaining-\x1b[31m", 1);
  EXPECT_THAT(watch_.snapshot().quotas, IsEmpty()) << "too long, or not printable";
  for (int i = 0; i < 100; ++i) left("x-ms-ratelimit-remaining-" + std::to_string(i), i);
  EXPECT_EQ(watch_.snapshot().quotas.size(), 16U);
}

TEST_F(AzureWatchTest, IsReadWhileRequestsReport) {
  std::jthread worker([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i)
      observers_.arm.rate_limit_remaining("x-ms-ratelimit-remaining-tenant-reads", i);
  });
  for (int i = 0; i < 1000; ++i) ASSERT_LE(watch_.snapshot().quotas.size(), 1U);
}

}  // namespace
}  // namespace defenderd
