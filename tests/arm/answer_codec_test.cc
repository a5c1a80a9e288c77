#include "arm/answer_codec.h"

#include <gtest/gtest.h>

#include <vector>

#include "arm/json_bounds.h"

namespace defenderd {
namespace {

struct ErrorCase {
  const char* description;
  std::string body;
  CloudError expected;
};

TEST(DecodeToken, IsOfTheKindThatWasAskedFor) {
  EXPECT_TRUE(decode_token(R"({"access_token":"t"})"));
  EXPECT_TRUE(decode_token(R"({"access_token":"t","token_type":"bearer"})"));
  const auto other = decode_token(R"({"access_token":"t","token_type":"pop"})");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("'pop' instead of 'Bearer'"), std::string::npos);
}

TEST(DecodeCloudError, ReadsCodeAndMessageAndNeverFails) {
  const std::vector<ErrorCase> cases{
      {"as the specification has it",
       R"({"error":{"code":"Conflict","message":"busy","target":"x","details":[]}})",
       {"Conflict", "busy", false}},
      {"without the envelope, as some gateways send it",
       R"({"code":"Conflict","message":"busy"})",
       {"Conflict", "busy", false}},
      {"a policy's denial",
       R"({"error":{"code":"X","message":"m","additionalInfo":[7,{"type":"policyviolation"}]}})",
       {"X", "m", true}},
      {"other additional information",
       R"({"error":{"code":"X","message":"m","additionalInfo":[{"type":"Other"}]}})",
       {"X", "m", false}},
      {"a message that would forge a log line",
       R"({"error":{"code":"X","message":"a\nb"}})",
       {"X", "a b", false}},
      {"wrong types", R"({"error":{"code":7,"message":[],"additionalInfo":{}}})", {}},
      {"an error that is text", R"({"error":"invalid_client"})", {}},
      {"a list", R"([{"error":{"code":"X"}}])", {}},
      {"HTML", "<html>", {}},
      {"cut off", R"({"error":{"code":"Conf)", {}},
      {"nothing", "", {}},
      {"deep", R"({"error":)" + std::string(100'000, '['), {}},
  };
  for (const ErrorCase& test : cases) {
    SCOPED_TRACE(test.description);
    const CloudError error = decode_cloud_error(test.body);
    EXPECT_EQ(error.code, test.expected.code);
    EXPECT_EQ(error.message, test.expected.message);
    EXPECT_EQ(error.policy_violation, test.expected.policy_violation);
  }
}

// Some services name only there the part of the request that they refuse.
TEST(DecodeCloudError, ReadsTheMessagesOfTheFirstDetails) {
  const auto details = [](const std::string& list) {
    return decode_cloud_error(R"({"error":{"code":"X","message":"m","details":)" + list + "}}")
        .details;
  };
  EXPECT_EQ(details(R"([{"message":"A is\nwrong"},{"code":"no message"},{"message":"B too"}])"),
            "A is wrong B too");
  EXPECT_EQ(details(R"([{"message":"m"}])"), "") << "said already";
  for (const char* const none : {"[]", "{}", "7", "[7]", R"([{"message":7}])"})
    EXPECT_EQ(details(none), "") << none;
  std::string many = "[";
  for (int i = 0; i < 1000; ++i)
    many += (i > 0 ? "," : "") + (R"({"message":")" + std::string(2000, 'd')) + "\"}";
  EXPECT_LT(details(many + "]").size(), 1024U);
}

TEST(DecodeCloudError, CutsAnEndlessMessage) {
  const CloudError error =
      decode_cloud_error(R"({"error":{"code":"X","message":")" + std::string(5000, 'm') + "\"}}");
  EXPECT_LT(error.message.size(), 1100U);
}

struct TokenCase {
  const char* description;
  const char* body;
  std::optional<Duration> expires_in;
  std::optional<long long> expires_on;
};

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
    EXPECT_EQ(answer.error().message, "the answer holds no access_token");
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

TEST(DecodeEntraError, GivesAnEmptyOneForAnythingElse) {
  for (const char* const body : {"", "[1]", R"({"error":{"code":"x"},"error_codes":"50034"})"}) {
    const EntraError error = decode_entra_error(body);
    EXPECT_EQ(error.error, "") << body;
    EXPECT_TRUE(error.codes.empty()) << body;
  }
}

TEST(DecodeRegistrationState, ReadsItOrNothing) {
  const auto state = [](std::string_view body) {
    const auto read = decode_registration_state(body, "/subscriptions/a/providers/P");
    return read ? *read : "error: " + read.error().message;
  };
  EXPECT_EQ(state(R"({"registrationState":"Registering"})"), "Registering");
  EXPECT_EQ(state(R"({"id":"/Subscriptions/A/providers/p","registrationState":"Registering"})"),
            "Registering");
  EXPECT_EQ(state(R"({"registrationState":1})"), "");
  EXPECT_EQ(state("no JSON"), "");
  EXPECT_EQ(state(R"({"id":"/subscriptions/b/providers/P","registrationState":"Registered"})"),
            "error: the answer is about '/subscriptions/b/providers/P' instead of "
            "'/subscriptions/a/providers/P', which was asked for");
}

TEST(IsShallowJson, CountsNestingOutsideOfTextOnly) {
  EXPECT_TRUE(is_shallow_json(std::string(32, '[')));
  EXPECT_FALSE(is_shallow_json(std::string(33, '[')));
  EXPECT_TRUE(is_shallow_json("\"" + std::string(100, '{') + "\""));
  EXPECT_FALSE(is_shallow_json(R"("a\\")" + std::string(33, '{'))) << "the text ended";
  EXPECT_TRUE(is_shallow_json(R"("a\")" + std::string(33, '{'))) << "the text goes on";
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "[]";
  EXPECT_TRUE(is_shallow_json(wide));
}

TEST(IsShallowJson, CountsValuesOutsideOfTextOnly) {
  EXPECT_TRUE(is_shallow_json("[1,2,{}]", 4));
  EXPECT_FALSE(is_shallow_json("[1,2,{}]", 3));
  EXPECT_TRUE(is_shallow_json("\"" + std::string(100, ',') + "\"", 0));
  std::string many = "{\"access_token\":\"t\",\"x\":[";
  for (int i = 0; i < 60'000; ++i) many += "{},";
  EXPECT_FALSE(decode_token(many + "{}]}")) << "a tree of it takes five megabytes and more";
}

TEST(AnswerCodec, ABodyOfMoreThanAMebibyteIsNotTakenApart) {
  const std::string padding(std::size_t{1} << 20U, ' ');
  const std::string error = R"({"error":{"code":"Conflict"}})";
  EXPECT_EQ(decode_cloud_error(error).code, "Conflict");
  EXPECT_EQ(decode_cloud_error(error + padding).code, "");
}

}  // namespace
}  // namespace defenderd
