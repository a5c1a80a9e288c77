#include "identity/token_codec.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace defenderd {
namespace {

struct TokenCase {
  const char* description;
  const char* body;
  std::optional<Duration> expires_in;
  std::optional<long long> expires_on;
};

TEST(DecodeToken, IsOfTheKindThatWasAskedFor) {
  EXPECT_TRUE(decode_token(R"({"access_token":"t"})"));
  EXPECT_TRUE(decode_token(R"({"access_token":"t","token_type":"bearer"})"));
  const auto other = decode_token(R"({"access_token":"t","token_type":"pop"})");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("'pop' instead of 'Bearer'"), std::string::npos);
}

TEST(DecodeToken, ReadsEveryKindOfExpiry) {
  using std::chrono::seconds;
  const std::vector<TokenCase> cases{
      {"Entra: a number",
       R"({"token_type":"Bearer","expires_in":3599,"access_token":"t"})",
       seconds(3599),
       {}},
      {"IMDS: text, and both",
       R"({"access_token":"t","expires_in":"86399","expires_on":"1786000000"})", seconds(86399),
       1786000000},
      {"App Service: only the point in time",
       R"({"access_token":"t","expires_on":"1786000000"})",
       {},
       1786000000},
      {"no expiry", R"({"access_token":"t"})", {}, {}},
      {"expiry that makes no sense",
       R"({"access_token":"t","expires_in":"soon","expires_on":"6/1/2026 8:00:00 AM"})",
       {},
       {}},
      {"negative", R"({"access_token":"t","expires_in":-5,"expires_on":-5})", {}, {}},
      {"a number that is no whole one", R"({"access_token":"t","expires_in":1.5})", {}, {}},
      {"beyond what the clock holds", R"({"access_token":"t","expires_on":9300000000})", {}, {}},
      {"beyond every clock",
       R"({"access_token":"t","expires_in":99999999999999,"expires_on":9999999999999999})",
       seconds(315360000),
       {}},
  };
  for (const TokenCase& test : cases) {
    SCOPED_TRACE(test.description);
    const auto answer = decode_token(test.body);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->token.reveal(), "t");
    EXPECT_EQ(answer->expires_in, test.expires_in);
    std::optional<long long> expires_on;
    if (answer->expires_on)
      expires_on = std::chrono::floor<seconds>(*answer->expires_on).time_since_epoch().count();
    EXPECT_EQ(expires_on, test.expires_on);
  }
}

TEST(DecodeToken, AnErrorNeverRepeatsTheBody) {
  for (const char* const body :
       {"", "{", "[]", "\"secret-thing\"", R"({"access_token":""})",
        R"({"access_token":["secret-thing"]})", R"({"id_token":"secret-thing"})"}) {
    const auto answer = decode_token(body);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().message, "the answer contains no access_token");
  }
}

TEST(DecodeEntraError, ReadsWhatSupportAsksFor) {
  const EntraError error = decode_entra_error(R"({"error":"invalid_client",
    "error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t",
    "error_codes":[7000215,"x",50034],"timestamp":"2026-01-01 00:00:00Z","trace_id":"t-1",
    "correlation_id":"c-1"})");
  EXPECT_EQ(error.error, "invalid_client");
  EXPECT_EQ(error.description, "AADSTS7000215: Invalid client secret provided.  Trace ID: t");
  EXPECT_EQ(error.codes, (std::vector<int>{7000215, 50034}));
  EXPECT_EQ(error.trace_id, "t-1");
  EXPECT_EQ(error.correlation_id, "c-1");
}

TEST(DecodeEntraError, KeepsFewCodesAndNoneThatDoesNotFit) {
  std::string many = R"({"error":"x","error_codes":[4294967297,-9223372036854775808)";
  for (int i = 0; i < 49'000; ++i) many += "," + std::to_string(i);
  EXPECT_EQ(decode_entra_error(many + "]}").codes, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(DecodeEntraError, GivesAnEmptyOneForAnythingElse) {
  for (const char* const body : {"", "[1]", R"({"error":{"code":"x"},"error_codes":"50034"})"}) {
    const EntraError error = decode_entra_error(body);
    EXPECT_EQ(error.error, "") << body;
    EXPECT_TRUE(error.codes.empty()) << body;
  }
}

TEST(DecodeToken, AnAnswerOfTooManyValuesIsNotTakenApart) {
  std::string many = R"({"access_token":"t","x":[)";
  for (int i = 0; i < 60'000; ++i) many += "{},";
  EXPECT_FALSE(decode_token(many + "{}]}")) << "a tree of it takes five megabytes and more";
}

}  // namespace
}  // namespace defenderd
