#include "arm/page_retry.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/fake_clock.h"

namespace defenderd {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

Failure failure(NextTry next, std::optional<Duration> wait = {}) {
  Failure result;
  result.next = next;
  result.server_wait = wait;
  return result;
}

class PageRetryTest : public testing::Test {
 protected:
  PageRetry retry(Duration patience = hours(1)) {
    return {clock_, clock_.steady_now() + patience, stop_.get_token()};
  }

  FakeClock clock_;
  std::stop_source stop_;
};

TEST_F(PageRetryTest, AsksThreeTimesAndWaitsLongerEachTime) {
  PageRetry page = retry();
  EXPECT_TRUE(page.wait_after(failure(NextTry::Soon)));
  EXPECT_TRUE(page.wait_after(failure(NextTry::Soon)));
  EXPECT_FALSE(page.wait_after(failure(NextTry::Soon)));
  EXPECT_EQ(clock_.sleeps(), (std::vector<Duration>{seconds(2), seconds(4)}));
}

TEST_F(PageRetryTest, WaitsAsLongAsTheServerAsksForAndAtLeastASecond) {
  PageRetry page = retry();
  EXPECT_TRUE(page.wait_after(failure(NextTry::ServerWait, seconds(60))));
  EXPECT_TRUE(page.wait_after(failure(NextTry::ServerWait, seconds(0))));
  EXPECT_EQ(clock_.sleeps(), (std::vector<Duration>{seconds(60), seconds(1)}));
}

TEST_F(PageRetryTest, GivesUpWhereWaitingDoesNotHelp) {
  EXPECT_FALSE(retry().wait_after(failure(NextTry::Slow)));
  EXPECT_FALSE(retry().wait_after(failure(NextTry::ServerWait, seconds(61))));
  EXPECT_FALSE(retry(seconds(1)).wait_after(failure(NextTry::Soon))) << "past the list's time";
  stop_.request_stop();
  EXPECT_FALSE(retry().wait_after(failure(NextTry::Soon)));
  EXPECT_TRUE(clock_.sleeps().empty());
}

TEST_F(PageRetryTest, WaitsAMinuteForATokenThatIsRefusedForNow) {
  Failure refused = failure(NextTry::Soon);
  refused.reason = Reason::CredentialFailed;
  refused.http_status = 401;
  PageRetry page = retry();
  for (const int pause : {2, 4, 8, 16}) {
    refused.server_wait = seconds(pause);
    EXPECT_TRUE(page.wait_after(refused)) << pause;
  }
  refused.server_wait = seconds(32);
  EXPECT_FALSE(page.wait_after(refused)) << "more than a minute together";
  refused.next = NextTry::Slow;
  EXPECT_FALSE(retry().wait_after(refused)) << "the secret is wrong";
  refused.next = NextTry::Soon;
  refused.http_status = 0;
  PageRetry unreachable = retry();
  refused.server_wait = seconds(2);
  EXPECT_TRUE(unreachable.wait_after(refused));
  EXPECT_TRUE(unreachable.wait_after(refused));
  EXPECT_FALSE(unreachable.wait_after(refused)) << "nobody answers: three tries, as elsewhere";
}

TEST_F(PageRetryTest, OtherWaitsAreNoTries) {
  PageRetry page = retry();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(page.wait(seconds(5)));
  EXPECT_FALSE(page.wait(seconds(61)));
  EXPECT_TRUE(page.wait_after(failure(NextTry::Soon)));
}

}  // namespace
}  // namespace defenderd
