#include "app/web_watch.h"

#include <fstream>

#include "app/exposure.h"
#include "app/recorded.h"
#include "base/time_text.h"
#include "desired/temp_folder.h"
#include "server/test_authority.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "secret" by bcrypt.
constexpr const char* kHash = "$2y$04$uBHjgz0RLD7tEcWVWi/cu.ne..GbfobQMjcNePypP5FPYxcnoouem";
constexpr const char* kTls = "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n";

class WebWatchTest : public Recorded {
 protected:
  WebWatchTest() {
    settings_.host = "127.0.0.1";
    settings_.web_config_file = folder_.path("web.yaml");
    folder_.write("web.yaml", kTls);
    give(authority_.server());
  }
  void give(const armsim::ServerCertificate& own) const {
    folder_.replace("tls.crt", own.certificate_pem);
    folder_.replace("tls.key", own.key_pem);
  }
  Result<std::shared_ptr<WebWatch>> try_open() {
    return WebWatch::open(settings_, clock_, {}, on_wait_, warnings_);
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    watch_ = *std::move(opened);
  }
  void pass() {
    clock_.advance(1s);
    watch_->check(clock_, metrics_, log_);
  }
  void pass(int seconds) {
    for (int i = 0; i < seconds; ++i) pass();
  }
  std::string refusal() {
    const auto opened = try_open();
    const auto tried = WebWatch::try_now(settings_);
    EXPECT_EQ(tried ? "none" : tried.error().message, opened ? "none" : opened.error().message);
    return opened ? "none" : opened.error().message;
  }

  const TempFolder folder_;
  const TestAuthority authority_;
  ServerSettings settings_;
  std::vector<std::string> warnings_;  // of the start
  std::function<void(const std::string&)> on_wait_ = [](const std::string&) {};
  std::shared_ptr<WebWatch> watch_;
};

TEST_F(WebWatchTest, WithoutAFileThereIsNone) {
  settings_.web_config_file.clear();
  const auto opened = try_open();
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, nullptr);
}

TEST_F(WebWatchTest, ABadOneRefusesTheStartAndNamesItsPlace) {
  const std::string file = folder_.path("web.yaml");
  folder_.write("web.yaml", "tls_server_config: {cert_file: tls.crt}\n");
  EXPECT_THAT(refusal(), testing::StartsWith(file + ":1:20: tls_server_config: missing key_file"));
  folder_.write("web.yaml", kTls);
  folder_.write("tls.key", "rubbish");
  EXPECT_EQ(refusal(), file + ": key_file: expected a PEM file with the certificate's key");
  std::filesystem::remove(folder_.path("tls.crt"));
  EXPECT_EQ(refusal(), file + ": cannot read " + folder_.path("tls.crt") + ": no such file");
  std::filesystem::remove(file);
  EXPECT_EQ(refusal(), "cannot read " + file + ": no such file");
}

TEST_F(WebWatchTest, ARenewedCertificateIsInForceWhenBothFilesAreThere) {
  open();
  EXPECT_TRUE(watch_->access().has_tls());
  pass();
  EXPECT_NE(metric("credential_expiry_timestamp_seconds{credential=\"server_certificate\"}"), "");
  const auto next = authority_.server();
  folder_.replace("tls.crt", next.certificate_pem);
  pass();  // seen, and not taken: it may still be written
  EXPECT_THAT(logged_, IsEmpty());
  folder_.replace("tls.key", next.key_pem);
  pass(2);
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("\"event\":\"web_config\""),
                                         HasSubstr("the new web configuration is in force; the "
                                                   "certificate is valid until "))));
  pass();
  EXPECT_EQ(logged_.size(), 1);
}

TEST_F(WebWatchTest, ABadEditIsReportedOnceAndTheLastGoodOneStaysInForce) {
  open();
  folder_.replace("tls.key", "rubbish");
  for (int i = 0; i < 5; ++i) pass();
  ASSERT_EQ(logged_.size(), 1);
  EXPECT_THAT(logged_[0], AllOf(HasSubstr("\"level\":\"error\""), HasSubstr("key_file: expected"),
                                HasSubstr("; the last good one stays in force")));
  EXPECT_TRUE(watch_->access().has_tls());
  folder_.replace("web.yaml", std::string("basic_auth_users: {ann: '") + kHash + "'}\n");
  for (int i = 0; i < 3; ++i) pass();
  ASSERT_EQ(logged_.size(), 3);
  EXPECT_THAT(logged_[2], AllOf(HasSubstr("\"level\":\"warn\""),
                                HasSubstr("web.yaml: the new web configuration no longer has TLS, "
                                          "which the one before had")));
  EXPECT_FALSE(watch_->access().has_tls());
  EXPECT_TRUE(watch_->access().is_closed());
}

TEST_F(WebWatchTest, AMendedOneIsReported) {
  open();
  folder_.write("web.yaml", "basic_auth_users: {ann: plain}\n");
  for (int i = 0; i < 3; ++i) pass();
  ASSERT_EQ(logged_.size(), 1);
  folder_.write("web.yaml", kTls);
  for (int i = 0; i < 3; ++i) pass();
  ASSERT_EQ(logged_.size(), 2);
  EXPECT_THAT(logged_[1], AllOf(HasSubstr("\"level\":\"info\""),
                                HasSubstr("web.yaml: it has the content again that is in force")));
}

// A configuration whose first lines alone are valid, and let everybody in.
class HalfWrittenWebTest : public WebWatchTest {
 protected:
  HalfWrittenWebTest() {
    folder_.write("ca.pem", authority_.pem());
    folder_.write("web.yaml", head_ + rest_);
  }
  const std::string head_ = "tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n";
  const std::string rest_ =
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
      "basic_auth_users: {ann: '" +
      std::string(kHash) + "'}\n";
};

TEST_F(HalfWrittenWebTest, IsNotInForceWhileItIsWritten) {
  open();
  std::ofstream writer(folder_.path("web.yaml"), std::ios::trunc);
  writer << head_ << std::flush;
  pass(30);
  EXPECT_TRUE(watch_->access().is_closed());
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("web.yaml is being written")));
  writer << rest_;
  writer.close();
  pass(5);
  EXPECT_TRUE(watch_->access().is_closed());
  EXPECT_EQ(logged_.size(), 1) << "it is what it was";
}

TEST_F(HalfWrittenWebTest, WithoutItsEndItWaitsAndIsReported) {
  settings_.host = "0.0.0.0";
  settings_.lifecycle = true;
  open();
  folder_.write("web.yaml", head_);
  pass(8);
  EXPECT_TRUE(watch_->access().is_closed());
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("the end of the file in force is missing from")));
  logged_.clear();
  pass(5);
  EXPECT_FALSE(watch_->access().is_closed());
  EXPECT_THAT(logged_,
              ElementsAre(HasSubstr("check that it is complete"), HasSubstr("is in force"),
                          AllOf(HasSubstr("\"level\":\"warn\""),
                                HasSubstr("no longer has the certificate of each client, the users "
                                          "and their passwords, which the one before had")),
                          AllOf(HasSubstr("\"level\":\"warn\""),
                                HasSubstr("can reach the listen address"))));
}

TEST_F(HalfWrittenWebTest, TheStartWaitsForItsWriter) {
  std::ofstream writer(folder_.path("web.yaml"), std::ios::trunc);
  writer << head_ << std::flush;
  std::string reason;
  on_wait_ = [&](const std::string& why) {
    reason = why;
    writer << rest_;
    writer.close();
  };
  open();
  EXPECT_THAT(reason, HasSubstr("nothing shows that its writer has finished"));
  EXPECT_TRUE(watch_->access().is_closed());
}

class ExposureTest : public WebWatchTest {
 protected:
  // What the log says of the listen address at the start.
  std::string says(const std::string& host, bool lifecycle, const char* web) {
    settings_.host = host;
    settings_.lifecycle = lifecycle;
    if (web != nullptr) {
      folder_.write("web.yaml", web);
      open();
    }
    logged_.clear();
    report_exposure(settings_, web == nullptr ? nullptr : &watch_->access(), log_);
    return logged_.empty() ? "" : logged_.front();
  }
};

TEST_F(ExposureTest, IsSaidWhereOthersCanReadOrAct) {
  const std::string users = std::string("basic_auth_users: {ann: '") + kHash + "'}\n";
  EXPECT_EQ(says("127.0.0.1", true, nullptr), "");
  EXPECT_EQ(says("::1", true, nullptr), "");
  EXPECT_THAT(says("0.0.0.0", false, nullptr),
              AllOf(HasSubstr("\"level\":\"info\""), HasSubstr("can read the status page")));
  EXPECT_THAT(says("0.0.0.0", true, nullptr),
              AllOf(HasSubstr("\"level\":\"warn\""), HasSubstr("can request reloads")));
  EXPECT_THAT(says("0.0.0.0", false, kTls), HasSubstr("can read the status page"));
  EXPECT_THAT(says("0.0.0.0", false, users.c_str()),
              HasSubstr("passwords cross the network unencrypted"));
  EXPECT_EQ(says("0.0.0.0", true, (kTls + users).c_str()), "");
}

TEST_F(ExposureTest, FilesThatEveryUserCanReadOrWriteAreNamed) {
  const auto set_mode = [&](const char* name, unsigned mode) {
    std::filesystem::permissions(folder_.path(name), static_cast<std::filesystem::perms>(mode));
  };
  set_mode("web.yaml", 0644);
  set_mode("tls.crt", 0644);
  set_mode("tls.key", 0640);
  open();
  // The file that is in force counts, and is not read again.
  folder_.write("web.yaml", "tls_server_config: [");
  report_open_files(watch_.get(), log_);
  report_open_files(nullptr, log_);
  EXPECT_THAT(logged_, IsEmpty());
  set_mode("web.yaml", 0666);
  set_mode("tls.key", 0644);
  report_open_files(watch_.get(), log_);
  ASSERT_EQ(logged_.size(), 1);
  EXPECT_THAT(logged_[0],
              AllOf(HasSubstr("\"level\":\"warn\""),
                    HasSubstr("every user of this machine can write " + folder_.path("web.yaml") +
                              ", read " + folder_.path("tls.key") + "; use modes like 0640")));
}

}  // namespace
}  // namespace defenderd
