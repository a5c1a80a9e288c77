// `defenderd diff` and `defenderd apply`: what they print, how they end, and what is true
// afterwards.

#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGINT is POSIX

#include <regex>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class DiffApplyTest : public World {
 protected:
  struct Ended {
    int code = -1;
    std::string output;
  };
  [[nodiscard]] std::unique_ptr<DaemonProcess> start(
      const std::string& command, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{command, "--config", path("settings.yaml"), "--desired",
                                       path("desired.yaml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<DaemonProcess>(std::move(arguments), credentials());
  }
  [[nodiscard]] Ended end(const std::string& command,
                          const std::vector<std::string>& more = {}) const {
    const auto process = start(command, more);
    const auto code = process->wait_exit();
    return {code.value_or(-1), process->output()};
  }
  // Ten that are on and shall be off, which is more than the brake lets through.
  void add_terrible_edit() {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= 10; ++n) {
      azure_.add(subscription(n, true));
      entries.push_back("id: " + id(n) + ", plan: off");
    }
    write("desired.yaml", desired(entries));
  }
  static std::string code_in(const std::string& output) {
    std::smatch match;
    std::regex_search(output, match, std::regex("apply --confirm ([0-9a-f]{8})\n"));
    return match[1];
  }
};

TEST_F(DiffApplyTest, DiffTellsWhatWouldHappenAndWhyNotAndWritesNothing) {
  azure_.add(subscription(1, false));
  azure_.add(subscription(2, true, {{"AIPromptEvidence", true}}));
  azure_.add(subscription(3, false));
  azure_.add(subscription(4, true));
  write("desired.yaml",
        desired({"id: " + id(1) + ", name: chat-prod, plan: on, promptEvidence: on",
                 "id: " + id(2) + ", name: acquired, plan: on, promptEvidence: off, mode: observe",
                 "id: " + id(3) +
                     ", name: moving, plan: on, suspend: {until: "
                     "2200-01-01T00:00:00Z, reason: tenant move}",
                 "id: " + id(4) + ", name: quiet, plan: on"}));
  const Ended diff = end("diff");
  EXPECT_EQ(diff.code, 1) << diff.output;
  EXPECT_EQ(
      diff.output,
      "SUBSCRIPTION  ID                                    FIELD           OBSERVED -> DESIRED  "
      "WHAT HAPPENS\n"
      "chat-prod     " +
          id(1) +
          "  plan            off -> on            would be corrected\n"
          "chat-prod     " +
          id(1) +
          "  promptEvidence  off -> on            would be corrected\n"
          "acquired      " +
          id(2) +
          "  promptEvidence  on -> off            withheld: ObserveMode\n"
          "moving        " +
          id(3) +
          "  plan            off -> on            withheld: Suspended\n"
          "\n"
          "ObserveMode: not corrected: the subscription's mode is observe; set mode: enforce to "
          "correct it\n"
          "Suspended: suspended until 2200-01-01T00:00:00.000Z: tenant move\n"
          "\n"
          "1 of 4 subscriptions is in sync; 2 changes would be made; 2 changes are withheld\n"
          "1 change switches the plan on, which is billed by the tokens that it scans, after a "
          "free "
          "trial of 30 days or 75 billion tokens for each subscription\n");
  EXPECT_EQ(azure_.counters().writes, 0U);
  EXPECT_FALSE(azure_.plan(id(1)).on);

  const Ended json = end("diff", {"-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output,
              StartsWith(R"({"apiVersion":"defenderd/v1","kind":"Diff","summary":{)"
                         R"("subscriptions":4,"inSync":1,"differ":3,"notObserved":0,)"
                         R"("changesApplied":0,"changesPlanned":2,"changesWithheld":2,)"
                         R"("changesFailed":0},"stopped":false,"confirmCode":null,)"
                         R"("subscriptions":[{"id":")" +
                         id(1) + R"(","name":"chat-prod","source":")" + path("desired.yaml") +
                         R"(:5","observed":true,"state":"drifted","changes":[)"
                         R"({"field":"plan","observed":"off","desired":"on","result":"planned",)"
                         R"("reason":null,"message":null},)"));
  EXPECT_THAT(json.output, HasSubstr(R"("result":"withheld","reason":"Suspended","message":")"));
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(DiffApplyTest, DiffInSyncIsOneLine) {
  azure_.add(subscription(1, true));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const Ended diff = end("diff");
  EXPECT_EQ(diff.code, 0);
  EXPECT_EQ(diff.output, "1 of 1 subscription is in sync\n");
}

TEST_F(DiffApplyTest, ApplyCorrectsTellsEachChangeAndIsInSyncThen) {
  azure_.add(subscription(1, false));
  azure_.add(subscription(2, true, {{"AIPromptEvidence", true}}));
  write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
  write("desired.yaml", desired({"id: " + id(1) + ", name: chat-prod, plan: on",
                                 "id: " + id(2) + ", plan: on, promptEvidence: off"}));
  const Ended apply = end("apply");
  EXPECT_EQ(apply.code, 0) << apply.output;
  EXPECT_THAT(apply.output,
              AllOf(HasSubstr("corrected  chat-prod (" + id(1) + ") plan: off -> on\n"),
                    HasSubstr("corrected  " + id(2) + " promptEvidence: on -> off\n"),
                    HasSubstr("2 of 2 subscriptions are in sync; 2 changes were made\n"),
                    Not(HasSubstr("\033"))));
  EXPECT_TRUE(azure_.plan(id(1)).on);
  EXPECT_FALSE(azure_.plan(id(2)).has_on("AIPromptEvidence"));
  DaemonProcess journal({"journal", "--file", path("journal.jsonl")}, {});
  EXPECT_EQ(journal.wait_exit(), 0);
  EXPECT_THAT(journal.output(), HasSubstr("applied     chat-prod"));
  EXPECT_EQ(end("diff").code, 0);
}

TEST_F(DiffApplyTest, ApplyLeavesWhatItMayNotWriteAndSaysSo) {
  azure_.add(subscription(1, false));
  azure_.update(id(1), [](armsim::Subscription& it) { it.access = armsim::Access::Read; });
  azure_.add(subscription(2, false));
  write("desired.yaml", desired({"id: " + id(1) + ", name: foreign, plan: on",
                                 "id: " + id(2) + ", plan: on, mode: observe"}));
  const Ended apply = end("apply");
  EXPECT_EQ(apply.code, 1) << apply.output;
  EXPECT_THAT(apply.output, AllOf(HasSubstr("failed     foreign (" + id(1) + ") plan: off -> on"),
                                  HasSubstr("failed: Forbidden\n"), HasSubstr("Security Admin"),
                                  HasSubstr("withheld: ObserveMode\n")));
  EXPECT_FALSE(azure_.plan(id(1)).on);
}

TEST_F(DiffApplyTest, WhatCannotBeObservedIsAnError) {
  azure_.add(subscription(1, true));
  azure_.add(subscription(2, true));
  azure_.update(id(2), [](armsim::Subscription& it) { it.access = armsim::Access::None; });
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: on"}));
  for (const char* const command : {"diff", "apply"}) {
    const Ended ended = end(command);
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("not observed: Forbidden\n"),
                      HasSubstr("1 subscription is not known: it could not be observed\n")));
  }
}

TEST_F(DiffApplyTest, BadFilesAndNoCredentialsAreErrors) {
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on, promtEvidence: on"}));
  for (const char* const command : {"diff", "apply"}) {
    const Ended ended = end(command);
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.output, HasSubstr("did you mean \"promptEvidence\"?"));
  }
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  DaemonProcess diff({"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
                     {});
  EXPECT_EQ(diff.wait_exit(), 2);
  EXPECT_THAT(diff.output(), HasSubstr("AZURE_CLIENT_ID"));
}

TEST_F(DiffApplyTest, ATerribleEditIsHeldUntilItsCodeIsGiven) {
  add_terrible_edit();
  const Ended diff = end("diff");
  EXPECT_EQ(diff.code, 1);
  EXPECT_THAT(diff.output, HasSubstr("10 changes are withheld"));
  const std::string code = code_in(diff.output);
  ASSERT_EQ(code.size(), 8U) << diff.output;

  const Ended held = end("apply");
  EXPECT_EQ(held.code, 1);
  EXPECT_EQ(code_in(held.output), code);
  const Ended wrong = end("apply", {"--confirm", "00000000"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, HasSubstr("--confirm \"00000000\" is for other changes"));
  EXPECT_EQ(azure_.counters().writes, 0U);

  const Ended confirmed = end("apply", {"--confirm", code});
  EXPECT_EQ(confirmed.code, 0) << confirmed.output;
  EXPECT_THAT(confirmed.output, HasSubstr("10 changes were made"));
  for (unsigned n = 1; n <= 10; ++n) EXPECT_FALSE(azure_.plan(id(n)).on);
}

TEST_F(DiffApplyTest, AFailureThatPassesIsWaitedFor) {
  azure_.add(subscription(1, true));
  azure_.inject(armsim::Fault::answer(armsim::Operation::Read, 503, "ServerBusy", "busy"));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const Ended diff = end("diff");
  EXPECT_EQ(diff.code, 0) << diff.output;
}

TEST_F(DiffApplyTest, AnInterruptLetsTheWriteFinishAndBeginsNothingNew) {
  azure_.add(subscription(1, false));
  azure_.add(subscription(2, false));
  write("settings.yaml",
        settings("").replace(settings("").find("poll: {"), 7, "poll: {workers: 1, "));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: on"}));
  azure_.inject(armsim::Fault::held(armsim::Operation::Write));
  const auto apply = start("apply");
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() == 1; })) << apply->output();
  apply->signal(SIGINT);
  ASSERT_TRUE(apply->wait_output("defenderd: stopping"));
  azure_.release_held();
  EXPECT_EQ(apply->wait_exit(), 2);
  EXPECT_THAT(apply->output(), AllOf(HasSubstr("1 change was made"), HasSubstr("stopped")));
  EXPECT_NE(azure_.plan(id(1)).on, azure_.plan(id(2)).on) << "one was under way, one never begun";
}

}  // namespace
}  // namespace defenderd
