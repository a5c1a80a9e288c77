#include "arm/answer_codec.h"

#include <gtest/gtest.h>

#include <vector>

namespace defenderd {
namespace {

struct ErrorCase {
  const char* description;
  std::string body;
  CloudError expected;
};

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
TEST(DecodeCloudError, NamesThePoliciesAndTheirAssignments) {
  const auto policies = [](const std::string& info) {
    return decode_cloud_error(R"({"error":{"code":"X","additionalInfo":[)" + info + "]}}").policies;
  };
  const std::string named =
      R"({"type":"PolicyViolation","info":{"policyDefinitionDisplayName":"No plans",)"
      R"("policyAssignmentId":"/a/1"}})";
  EXPECT_EQ(policies(named), "'No plans' assigned by /a/1");
  EXPECT_EQ(policies(named + R"(,{"type":"policyviolation","info":{"policyAssignmentName":"x"}})"),
            "'No plans' assigned by /a/1, 'x'");
  EXPECT_EQ(policies(R"({"type":"PolicyViolation","info":{"policyAssignmentId":"/a/2"}})"),
            "assigned by /a/2");
  EXPECT_EQ(
      policies(R"({"type":"PolicyViolation"},{"type":"Other","info":{"policyAssignmentId":"/a"}})"),
      "");
}

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
            "error: the answer is not about the requested resource: its id is "
            "'/subscriptions/b/providers/P' instead of '/subscriptions/a/providers/P'");
}

TEST(AnswerCodec, ABodyOfMoreThanAMebibyteIsNotTakenApart) {
  const std::string padding(std::size_t{1} << 20U, ' ');
  const std::string error = R"({"error":{"code":"Conflict"}})";
  EXPECT_EQ(decode_cloud_error(error).code, "Conflict");
  EXPECT_EQ(decode_cloud_error(error + padding).code, "");
}

}  // namespace
}  // namespace defenderd
