#include "core/refusal.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

using Names = std::vector<std::string>;

struct BlameCase {
  const char* description;
  const char* words;
  Names extensions;
  const char* blamed;
};

TEST(Refusal, BlamesTheExtensionThatArmNames) {
  const std::vector<BlameCase> cases{
      {"named", "Extension 'AIScan' is not supported", {"AIEvidence", "AIScan"}, "AIScan"},
      {"in another case", "extension aiscan: unknown", {"AIScan"}, "AIScan"},
      {"not named", "The request is invalid", {"AIScan"}, ""},
      {"no words", "", {"AIScan"}, ""},
      {"no extensions", "AIScan", {}, ""},
      {"a part of another name",
       "AIScanner is not supported",
       {"AIScan", "AIScanner"},
       "AIScanner"},
      {"the end of another name", "MyAIScan is not supported", {"AIScan"}, ""},
      {"joined names", "AI-Scan is not supported", {"AI", "AI-Scan"}, "AI-Scan"},
      {"first as a part, then as a word", "AIScanner, AIScan", {"AIScan"}, "AIScan"},
      {"several: the first", "B is wrong. Possible extensions: A, C", {"A", "B", "C"}, "B"},
  };
  for (const BlameCase& c : cases)
    EXPECT_EQ(blamed_extension(c.words, c.extensions), c.blamed) << c.description;
}

Failure answer(Reason reason, int status) {
  Failure failure;
  failure.reason = reason;
  failure.http_status = status;
  return failure;
}

TEST(Refusal, OnlyARefusalOfTheRequestMayBeAboutOneExtension) {
  EXPECT_TRUE(may_blame_an_extension(answer(Reason::InvalidRequest, 400)));
  EXPECT_TRUE(may_blame_an_extension(answer(Reason::PlanNotOffered, 400)));
  EXPECT_TRUE(may_blame_an_extension(answer(Reason::PolicyDenied, 403)));
  EXPECT_FALSE(may_blame_an_extension(answer(Reason::InvalidRequest, 500))) << "may be applied";
  EXPECT_FALSE(may_blame_an_extension(answer(Reason::InvalidRequest, 0))) << "never sent";
  for (const Reason reason : {Reason::Forbidden, Reason::UpdateInProgress, Reason::Throttled,
                              Reason::ScopeLocked, Reason::SubscriptionNotFound})
    EXPECT_FALSE(may_blame_an_extension(answer(reason, 409)));
}

TEST(Refusal, OnlyWhatTheWriteChangesMayBeToBlame) {
  Pricing base;
  base.extensions = {{"A", true}, {"B", false}, {"C", std::nullopt, "Maybe"}};
  Pricing wanted = base;
  wanted.find("B")->enabled = true;
  wanted.extensions.push_back({"D", false});
  EXPECT_EQ(changed_extensions(base, wanted), (Names{"B", "D"}));
  EXPECT_EQ(changed_extensions(base, base), Names{});
}

TEST(Refusal, SaysWhichExtensionAndWhatToDo) {
  Failure failure = answer(Reason::InvalidRequest, 400);
  failure.arm_code = "InvalidInput";
  failure.arm_message = "AIModelScanner is not offered in this region";
  const std::string message =
      refusal_message({Field::extension(kDeclaredPlan, "AIModelScanner"), true, "off"}, failure);
  for (const char* part :
       {"AIModelScanner", "switching the extension AIModelScanner on", "declare modelScanner: off",
        "ARM answered PUT 400 InvalidInput: AIModelScanner is not offered in this region"})
    EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  EXPECT_EQ(message.find("bug"), std::string::npos);
}

}  // namespace
}  // namespace defenderd
