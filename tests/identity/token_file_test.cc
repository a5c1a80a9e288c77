#include "identity/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/base64url.h"
#include "identity/secret_file.h"
#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(TokenFile, GivesWhatTheFileHoldsForAMinute) {
  const TempFile file("  eyJ0.token \n");
  const FakeClock clock;
  TokenFile source(file.path(), clock);
  const auto first = source.fetch(std::nullopt, {});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->value.reveal(), "eyJ0.token");
  EXPECT_EQ(first->expires, clock.wall_now() + 1min);
  std::ofstream(file.path()) << "another";
  const auto second = source.fetch(std::nullopt, {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->value.reveal(), "another");
}

TEST(TokenFile, TheTokenSaysWhenItExpires) {
  const std::string token = base64url("{}") + "." + base64url(R"({"exp":1767225600})") + ".s";
  const TempFile file(token + "\n");
  const ExpiryReader read = token_file_expiry(file.path(), CredentialKind::FederatedToken);
  EXPECT_EQ(read(), (CredentialExpiry{CredentialKind::FederatedToken,
                                      WallTime(std::chrono::seconds(1767225600))}));
  std::ofstream(file.path()) << "opaque";
  EXPECT_EQ(read(), std::nullopt);
  std::filesystem::remove(file.path());
  EXPECT_EQ(read(), std::nullopt);
}

TEST(TokenFile, SaysWhichFileIsMissingAndWhereItIsNamed) {
  const FakeClock clock;
  TokenFile source("/nonexistent/token", clock);
  const auto token = source.fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().reason, Reason::CredentialFailed);
  EXPECT_THAT(token.error().message, HasSubstr("/nonexistent/token"));
  EXPECT_THAT(token.error().message, HasSubstr("azure.auth.tokenFile"));
}

struct BadFile {
  const char* description;
  std::string content;
  const char* words;
};

TEST(SecretFile, RefusesWhatIsNoSecretWithoutShowingIt) {
  for (const BadFile& bad : std::vector<BadFile>{
           {"empty", "", "is empty"},
           {"blank", " \n\t\n", "is empty"},
           {"two lines", "hunter2\nhunter3\n", "more than one line"},
           {"a line break of old", "hunter2\rhunter3", "more than one line"},
           {"far too large", std::string(65UL * 1024, 'x') + "hunter2", "larger than 64 KiB"}}) {
    const TempFile file(bad.content);
    const auto secret = read_secret_file(file.path());
    ASSERT_FALSE(secret) << bad.description;
    EXPECT_THAT(secret.error().message, HasSubstr(bad.words)) << bad.description;
    EXPECT_THAT(secret.error().message, HasSubstr(file.path())) << bad.description;
    EXPECT_THAT(secret.error().message, testing::Not(HasSubstr("hunter"))) << bad.description;
  }
}

TEST(SecretFile, AFolderIsNoFile) {
  const TempFile file("x");
  const auto secret = read_secret_file(std::filesystem::path(file.path()).parent_path().string());
  ASSERT_FALSE(secret);
  EXPECT_THAT(secret.error().message, HasSubstr("a folder, expected a file"));
}

}  // namespace
}  // namespace defenderd
