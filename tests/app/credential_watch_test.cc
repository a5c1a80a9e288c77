#include "app/credential_watch.h"

#include <utility>
#include <vector>

#include "app/recorded.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kDay = 24h;

TEST(Nearness, OfACertificateIsKnownInTimeAndOfATokenWhenNobodyRenewsIt) {
  const WallTime now = FakeClock().wall_now();
  using Kind = CredentialKind;
  const std::vector<std::pair<std::pair<Kind, Duration>, Nearness>> cases{
      {{Kind::ClientCertificate, kDay * 15}, Nearness::Far},
      {{Kind::ClientCertificate, kDay * 14}, Nearness::TwoWeeks},
      {{Kind::ClientCertificate, kDay * 3 + 1s}, Nearness::TwoWeeks},
      {{Kind::ClientCertificate, kDay * 3}, Nearness::ThreeDays},
      {{Kind::ClientCertificate, 1s}, Nearness::ThreeDays},
      {{Kind::ClientCertificate, 0s}, Nearness::Over},
      {{Kind::FederatedToken, 1s}, Nearness::Far},
      {{Kind::FederatedToken, -30s}, Nearness::Far},
      {{Kind::FederatedToken, -61s}, Nearness::Over},
      {{Kind::AccessToken, 1s}, Nearness::Far},
      {{Kind::AccessToken, -61s}, Nearness::Over},
  };
  for (const auto& [credential, expected] : cases) {
    const auto left = std::chrono::duration_cast<WallTime::duration>(credential.second);
    EXPECT_EQ(nearness({credential.first, now + left}, now), expected)
        << to_text(credential.first) << " " << format_duration(credential.second);
  }
}

class CredentialWatchTest : public Recorded {
 protected:
  void pass(Duration time) {
    clock_.advance(time);
    watch_.check();
  }
  WallTime in(Duration time) const {
    return clock_.wall_now() + std::chrono::duration_cast<WallTime::duration>(time);
  }

  int reads_ = 0;
  std::optional<CredentialExpiry> credential_ =
      CredentialExpiry{CredentialKind::ClientCertificate, in(kDay * 20)};
  CredentialWatch watch_{[this] {
                           ++reads_;
                           return credential_;
                         },
                         metrics_, clock_, log_};
};

TEST_F(CredentialWatchTest, WarnsOnceAtEachStep) {
  watch_.check();
  EXPECT_THAT(logged_, IsEmpty());
  EXPECT_EQ(watch_.expiry(), credential_);
  EXPECT_EQ(metric(R"(credential_expiry_timestamp_seconds{credential="client_certificate"})"),
            std::to_string(std::chrono::floor<std::chrono::seconds>(credential_->expires)
                               .time_since_epoch()
                               .count()));
  pass(kDay * 6);
  pass(kDay);
  pass(kDay * 10 + 1h);
  pass(1h);
  pass(kDay * 4);
  EXPECT_THAT(logged_,
              ElementsAre(AllOf(HasSubstr(R"("level":"warn")"), HasSubstr("credential_expires"),
                                HasSubstr("in 14d; make a new one")),
                          AllOf(HasSubstr(R"("level":"error")"), HasSubstr("in 2d23h;")),
                          AllOf(HasSubstr(R"("level":"error")"), HasSubstr("expired at"))));
}

TEST_F(CredentialWatchTest, ARenewedOneIsReported) {
  pass(kDay * 10);
  credential_->expires = in(kDay * 365);
  pass(1min);
  ASSERT_EQ(logged_.size(), 2U);
  EXPECT_THAT(logged_[1], AllOf(HasSubstr(R"("level":"info")"), HasSubstr("was renewed")));
  EXPECT_EQ(watch_.expiry(), credential_);
}

TEST_F(CredentialWatchTest, ReadsTheFileOnceAMinute) {
  for (int second = 0; second < 120; ++second) pass(1s);
  EXPECT_EQ(reads_, 2);
}

TEST_F(CredentialWatchTest, AFileThatIsBeingReplacedKeepsWhatIsKnown) {
  pass(kDay * 7);
  const auto known = std::exchange(credential_, std::nullopt);
  pass(kDay * 11);
  EXPECT_EQ(watch_.expiry(), known);
  ASSERT_EQ(logged_.size(), 2U) << "time passes, whatever the file says";
}

TEST_F(CredentialWatchTest, WithoutAFileNothingIsKnown) {
  CredentialWatch watch({}, metrics_, clock_, log_);
  watch.check();
  EXPECT_EQ(watch.expiry(), std::nullopt);
  credential_.reset();
  watch_.check();
  EXPECT_EQ(watch_.expiry(), std::nullopt);
  EXPECT_THAT(logged_, IsEmpty());
}

}  // namespace
}  // namespace defenderd
