#include "identity/azure_cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <vector>

#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const TenantId kTenant = *TenantId::parse("0e9d8c7b-6a5f-4e4d-8c3b-2a1a0f9e8d7c");

// A program in place of `az`.
class AzureCliTest : public testing::Test {
 protected:
  AzureCli az(const std::string& script, std::optional<TenantId> default_tenant = {}) {
    std::ofstream(file_.path()) << "#!/bin/sh\n" << script;
    ::chmod(file_.path().c_str(), 0700);
    AzureCliOptions options;
    options.program = file_.path();
    options.audience = "https://management.azure.com";
    options.default_tenant = default_tenant;
    options.environment = {"PATH=/usr/bin:/bin", "TZ=UTC"};
    options.timeout = timeout_;
    return {clock_, options};
  }
  Failure fails(const std::string& script, const std::optional<TenantId>& tenant = {}) {
    const auto token = az(script).fetch(tenant, {});
    EXPECT_FALSE(token) << script;
    return token ? Failure() : token.error();
  }

  Duration timeout_ = 20s;
  FakeClock clock_;
  TempFile file_{""};
};

std::string seconds_since_1970(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

TEST_F(AzureCliTest, GivesTheTokenThatTheProgramPrints) {
  const std::string end = seconds_since_1970(clock_.wall_now() + 71min);
  const auto token = az(R"(echo '{"accessToken":"eyJ0","expires_on":)" + end +
                        R"(,"expiresOn":"2001-01-01 00:00:00.000000"}')")
                         .fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->value.reveal(), "eyJ0");
  EXPECT_EQ(token->expires, clock_.wall_now() + 71min);
}

TEST_F(AzureCliTest, RunsTheProgramAsItIsDocumented) {
  const std::string print_arguments =
      R"sh(printf '{"accessToken":"%s"}' "$(echo "$@" | tr ' ' '|')")sh";
  const std::string common =
      "account|get-access-token|--output|json|--resource|https://management.azure.com/";
  const auto plain = az(print_arguments).fetch(std::nullopt, {});
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->value.reveal(), common);
  const auto of_entry = az(print_arguments).fetch(kTenant, {});
  ASSERT_TRUE(of_entry);
  EXPECT_EQ(of_entry->value.reveal(), common + "|--tenant|" + kTenant.text());
  const auto of_settings = az(print_arguments, kTenant).fetch(std::nullopt, {});
  ASSERT_TRUE(of_settings);
  EXPECT_EQ(of_settings->value.reveal(), common + "|--tenant|" + kTenant.text());
}

TEST_F(AzureCliTest, SaysThatNobodyIsLoggedIn) {
  const Failure failure =
      fails("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
  EXPECT_EQ(failure.reason, Reason::CredentialFailed);
  EXPECT_EQ(failure.next, NextTry::Slow);
  EXPECT_THAT(failure.message, AllOf(HasSubstr("not logged in"), HasSubstr("run `az login`")));
}

TEST_F(AzureCliTest, NamesTheTenantThatNobodyIsLoggedInTo) {
  const Failure failure = fails(
      "echo 'WARNING: x' >&2; echo 'ERROR: AADSTS50076: ... run: az login --tenant' >&2; exit 1",
      kTenant);
  EXPECT_THAT(failure.message, AllOf(HasSubstr("`az login --tenant " + kTenant.text() + "`"),
                                     HasSubstr("AADSTS50076"), Not(HasSubstr("WARNING"))));
}

TEST_F(AzureCliTest, OtherTroubleIsToldInItsWords) {
  const Failure failure = fails("echo 'ERROR: the disk is full' >&2; exit 7");
  EXPECT_EQ(failure.next, NextTry::Soon);
  EXPECT_THAT(failure.message, AllOf(HasSubstr("exit code 7"), HasSubstr("the disk is full")));
}

TEST_F(AzureCliTest, NeverRepeatsAToken) {
  EXPECT_THAT(fails("echo 'ERROR: bad token eyJhbGciOiJ' >&2; exit 1").message,
              Not(HasSubstr("eyJ")));
  EXPECT_THAT(fails("echo 'token: eyJhbGciOiJ'").message,
              AllOf(HasSubstr("no accessToken"), Not(HasSubstr("eyJ"))));
}

TEST_F(AzureCliTest, AHangingProgramIsGivenUp) {
  timeout_ = 300ms;
  const Failure failure = fails("sleep 1000");
  EXPECT_EQ(failure.next, NextTry::Soon);
  EXPECT_THAT(failure.message, HasSubstr("did not end in time"));
}

TEST_F(AzureCliTest, AProgramThatWentAwayIsNamed) {
  AzureCliOptions options;
  options.program = "/nonexistent/az";
  const auto token = AzureCli(clock_, options).fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error().message, HasSubstr("cannot start /nonexistent/az"));
}

struct Printed {
  const char* description;
  std::string text;
  bool good;
};

TEST(CliTokens, AreReadFromWhateverIsPrinted) {
  for (const Printed& one : std::vector<Printed>{
           {"new", R"({"accessToken":"t","expires_on":1767225600})", true},
           {"old", R"({"accessToken":"t","expiresOn":"2026-01-01 00:00:00.000000"})", true},
           {"no end", R"({"accessToken":"t"})", true},
           {"an end of another type", R"({"accessToken":"t","expires_on":"x","expiresOn":1})",
            true},
           {"an end that is no time", R"({"accessToken":"t","expiresOn":"tomorrow"})", true},
           {"nothing", "", false},
           {"no JSON", "ERROR", false},
           {"a list", "[]", false},
           {"a number", "1", false},
           {"no token", "{}", false},
           {"an empty token", R"({"accessToken":""})", false},
           {"a token of another type", R"({"accessToken":1})", false},
           {"deep", std::string(100'000, '['), false}}) {
    EXPECT_EQ(decode_cli_token(one.text).has_value(), one.good) << one.description;
  }
}

TEST(CliTokens, HaveNoEndThatTheClockCannotHold) {
  for (const std::string end :
       {R"("expiresOn":"9999-12-31 23:59:59")", R"("expires_on":9223372036854775807)",
        R"("expires_on":-9223372036854775808)", R"("expires_on":18446744073709551615)"}) {
    const auto token = decode_cli_token(R"({"accessToken":"t",)" + end + "}");
    ASSERT_TRUE(token) << end;
    EXPECT_EQ(token->expires_on, std::nullopt) << end;
  }
}

TEST(CliTokens, AreOfTheTenantThatWasAskedFor) {
  const std::string text = R"({"accessToken":"t","tenant":"72f988bf-0000-4000-8000-2d7cd011db47"})";
  EXPECT_TRUE(decode_cli_token(text));
  EXPECT_TRUE(decode_cli_token(text, TenantId::parse("72F988BF-0000-4000-8000-2D7CD011DB47")));
  EXPECT_TRUE(decode_cli_token(R"({"accessToken":"t"})",
                               TenantId::parse("72f988bf-0000-4000-8000-2d7cd011db47")));
  const auto other =
      decode_cli_token(text, TenantId::parse("11111111-0000-4000-8000-2d7cd011db47"));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("of the tenant 72f988bf"), std::string::npos);
}

TEST(CliTokens, EndInLocalTimeOnlyWhereNoEpochIsPrinted) {
  const auto both = decode_cli_token(
      R"({"accessToken":"t","expires_on":1767225600,"expiresOn":"2001-01-01 00:00:00"})");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->expires_on, FakeClock().wall_now());
  const auto local =
      decode_cli_token(R"({"accessToken":"t","expiresOn":"2026-07-01 12:30:15.123456"})");
  ASSERT_TRUE(local);
  ASSERT_TRUE(local->expires_on);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(*local->expires_on);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  EXPECT_EQ(parts.tm_year, 126);
  EXPECT_EQ(parts.tm_mon, 6);
  EXPECT_EQ(parts.tm_mday, 1);
  EXPECT_EQ(parts.tm_hour, 12);
  EXPECT_EQ(parts.tm_min, 30);
  EXPECT_EQ(parts.tm_sec, 15);
}

}  // namespace
}  // namespace defenderd
