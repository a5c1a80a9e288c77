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
    // Without a terminal, apply writes only with this.
    if (command == "apply") arguments.emplace_back("--yes");
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
    std::regex_search(output, match, std::regex(" --confirm ([0-9a-f]{8})\n"));
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
  const std::string source = path("desired.yaml") + ":";
  EXPECT_EQ(diff.output,
            "SUBSCRIPTION  CHANGE                                    WHAT HAPPENS           "
            "ID                                    DECLARED BY\n"
            "chat-prod     plan off -> on, promptEvidence off -> on  to change              " +
                id(1) + "  " + source +
                "5\n"
                "acquired      promptEvidence on -> off                  withheld: ObserveMode  " +
                id(2) + "  " + source +
                "6\n"
                "moving        plan off -> on                            withheld: Suspended    " +
                id(3) + "  " + source +
                "7\n"
                "\n"
                "ObserveMode: not corrected: the subscription's mode is observe; set mode: enforce "
                "to correct it\n"
                "Suspended: suspended until 2200-01-01T00:00:00.000Z: tenant move\n"
                "\n"
                "Plan: 1 subscription to change (on 1), 1 in sync, 2 withheld\n"
                "1 change switches the plan on, which is billed by the tokens that it scans, after "
                "a free trial of 30 days or 75 billion tokens for each subscription\n");
  EXPECT_EQ(azure_.counters().writes, 0U);
  EXPECT_FALSE(azure_.plan(id(1)).on);

  const Ended json = end("diff", {"-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(
      json.output,
      StartsWith(R"({"apiVersion":"defenderd/v1","kind":"Diff","summary":{)"
                 R"("subscriptions":4,"inSync":1,"differ":3,"notObserved":0,)"
                 R"("notSelected":0,"changesApplied":0,"changesPlanned":2,"changesWithheld":2,)"
                 R"("changesFailed":0},"stopped":false,"confirmCode":null,)"
                 R"("subscriptions":[{"id":")" +
                 id(1) + R"(","name":"chat-prod","source":")" + path("desired.yaml") +
                 R"(:5","wave":0,"observed":true,"state":"drifted","skipped":null,"changes":[)"
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
  EXPECT_EQ(diff.output, "Plan: 0 subscriptions to change, 1 in sync\n");
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
              AllOf(HasSubstr("corrected  chat-prod  plan off -> on  (" + id(1) + ")\n"),
                    HasSubstr("corrected  " + id(2) + "  promptEvidence on -> off\n"),
                    HasSubstr("Plan: 2 subscriptions to change (on 1, off 1), 0 in sync\n"),
                    HasSubstr("\nApplied: 2 subscriptions changed (on 1, off 1), 2 in sync\n"),
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
  EXPECT_THAT(apply.output,
              AllOf(HasSubstr("\nfailed (Forbidden): foreign: "), HasSubstr("role `defenderd`"),
                    HasSubstr("withheld: ObserveMode  "),
                    HasSubstr("Applied: 0 subscriptions changed, 0 in sync, 1 "
                              "withheld, 1 failed\n")));
  EXPECT_FALSE(azure_.plan(id(1)).on);
}

TEST_F(DiffApplyTest, WhatCannotBeObservedHasItsOwnExitCode) {
  azure_.add(subscription(1, true));
  azure_.add(subscription(2, true));
  azure_.update(id(2), [](armsim::Subscription& it) { it.access = armsim::Access::None; });
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: on"}));
  for (const char* const command : {"diff", "apply"}) {
    const Ended ended = end(command);
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("not readable (Forbidden): " + id(2) + ": "),
                      HasSubstr("Plan: 0 subscriptions to change, 1 in sync, 1 not readable\n")));
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
  EXPECT_THAT(diff.output, HasSubstr("0 in sync, 10 withheld\n"));
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
  EXPECT_THAT(confirmed.output,
              HasSubstr("Applied: 10 subscriptions changed (off 10), 10 in sync\n"));
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
  EXPECT_EQ(apply->wait_exit(), 130);
  EXPECT_THAT(apply->output(),
              HasSubstr("\nStopped: 1 subscription changed (on 1), 1 of the plan not written\n"));
  EXPECT_NE(azure_.plan(id(1)).on, azure_.plan(id(2)).on) << "one was under way, one never begun";
}

}  // namespace
}  // namespace defenderd
