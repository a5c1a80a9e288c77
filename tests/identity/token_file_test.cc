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
using namespace std::string_literals;
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
  SecretKind kind = SecretKind::Words;
};

TEST(SecretFile, RefusesWhatIsNoSecretWithoutShowingIt) {
  for (const BadFile& bad : std::vector<BadFile>{
           {"empty", "", "is empty"},
           {"blank", " \n\t\n", "is empty"},
           {"two lines", "hunter2\nhunter3\n", "more than one line"},
           {"a line break of old", "hunter2\rhunter3", "more than one line"},
           {"far too large", std::string(65UL * 1024, 'x') + "hunter2", "larger than 64 KiB"},
           {"in quotes", "\"hunter2\"\n", "is in quotes"},
           {"in single quotes", "'hunter2'", "is in quotes"},
           {"a line of variables", "AZURE_CLIENT_SECRET=hunter2\n", "the name of a variable"},
           {"a line of a script", "export AZURE_CLIENT_SECRET=hunter2\n", "the name of a variable"},
           {"JSON", R"({"password": "hunter2"})", "is JSON"},
           {"JSON of az", "{\n  \"accessToken\": \"hunter2\"\n}\n", "is JSON", SecretKind::Token},
           {"NUL", "hunter2"s + '\0', "a NUL character"},
           {"UTF-16", "\xFF\xFEh\0u\0n\0t\0e\0r\0"s, "is UTF-16"},
           {"UTF-16 without a mark", "h\0u\0n\0t\0e\0r\0"s, "a NUL character"},
           {"Latin-1", "hunter\xE4", "is not UTF-8"},
           {"a control character", "hunter\x01", "a control character"},
           {"a no-break space", "hunter2\u00A0\n", "a no-break space"},
           {"a space that nobody sees", "hunter\u200B2", "nobody sees"},
           {"a header's value", "Bearer hunter2", "begins with \"Bearer\"", SecretKind::Token},
           {"a header's value in small", "bearer  hunter2", "\"Bearer\"", SecretKind::Token},
           {"two words", "hunter 2", "contains a blank", SecretKind::Token},
           {"not ASCII", "hunter\u00E4", "not ASCII", SecretKind::Token}}) {
    const TempFile file(bad.content);
    const auto secret = read_secret_file(file.path(), bad.kind);
    ASSERT_FALSE(secret) << bad.description;
    EXPECT_THAT(secret.error().message, HasSubstr(bad.words)) << bad.description;
    EXPECT_THAT(secret.error().message, HasSubstr(file.path())) << bad.description;
    EXPECT_THAT(secret.error().message, testing::Not(HasSubstr("hunter"))) << bad.description;
  }
}

TEST(SecretFile, TakesWhatMayBeASecret) {
  for (const auto& [content, secret] : std::vector<std::pair<std::string, std::string>>{
           {"\uFEFFhunter2\r\n", "hunter2"},  // as PowerShell writes it
           {"\uFEFF \"hunter2\n", "\"hunter2"},
           {"se cret", "se cret"},
           {"{]hunter2}", "{]hunter2}"},
           {"ABCD+/efgh0=", "ABCD+/efgh0="},
           {"HUNTER2=x", "HUNTER2=x"},
           {"na\u00EFve", "na\u00EFve"},
           {"Bearer", "Bearer"}}) {
    const TempFile file(content);
    const auto read = read_secret_file(file.path(), SecretKind::Words);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->reveal(), secret);
  }
}

TEST(SecretFile, AFolderIsNoFile) {
  const TempFile file("x");
  const auto secret = read_secret_file(std::filesystem::path(file.path()).parent_path().string(),
                                       SecretKind::Words);
  ASSERT_FALSE(secret);
  EXPECT_THAT(secret.error().message, HasSubstr("a folder, expected a file"));
}

}  // namespace
}  // namespace defenderd
