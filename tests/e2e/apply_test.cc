// `defenderd apply` at a terminal and in scripts: what it asks, which part of the fleet it writes,
// and that it writes what was shown.

#include <gmock/gmock.h>
#include <pwd.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGINT is POSIX

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "e2e/apply_world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(ApplyTest, AsksAndWritesOnlyAfterAYes) {
  for (const char* const yes : {"y\n", "yes\n", " YES \n"}) {
    add_off(2);
    const Ended ended = at_terminal({}, yes);
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("Plan: 2 subscriptions to change (on 2), 0 in sync\n"),
                      HasSubstr("Apply this plan to 2 subscriptions? [y/N] "),
                      HasSubstr("Applied: 2 subscriptions changed (on 2), 2 in sync\n")));
    EXPECT_EQ(on(2), 2U);
    for (unsigned n = 1; n <= 2; ++n)
      azure_.update(id(n), [](armsim::Subscription& it) { it.plan = {}; });
  }
}

TEST_F(ApplyTest, EverythingElseIsANo) {
  add_off(2);
  for (const char* const no : {"n\n", "\n", "yep\n", "y y\n", "\004", "no\n"}) {
    const Ended ended = at_terminal({}, no);
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("nothing was written"));
  }
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(ApplyTest, AQuestionAboutSwitchingOffSaysSo) {
  add_terrible_edit(3);
  const Ended ended = at_terminal({}, "n\n");
  EXPECT_THAT(ended.output, HasSubstr("Apply this plan to 3 subscriptions, and switch protection "
                                      "off in 3? [y/N] "));
}

TEST_F(ApplyTest, CtrlCAtTheQuestionIsANo) {
  add_off(1);
  Pty pty(80);
  DaemonProcess process(arguments({}), credentials(), pty.streams());
  ASSERT_TRUE(pty.wait_for(kQuestion));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait_exit(), 130);
  EXPECT_TRUE(pty.wait_for("nothing was written"));
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(ApplyTest, CtrlCWhileReadingPrintsWhatWasDone) {
  add_off(30);
  azure_.inject(armsim::Fault::held(armsim::Operation::Read).repeated(0));
  DaemonProcess process(arguments({"--yes"}), credentials());
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() > 0; })) << process.output();
  process.signal(SIGINT);
  EXPECT_EQ(process.wait_exit(), 130) << process.output();
  EXPECT_THAT(process.output(), AllOf(HasSubstr("Stopped: 0 of 30 subscriptions read, nothing "
                                                "written\n"),
                                      Not(HasSubstr("sub-1"))));
  azure_.clear_faults();
  azure_.release_held();
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(ApplyTest, RefusesWhereThereIsNobodyToAsk) {
  add_off(1);
  const Ended ended = end({});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr("no terminal to ask on: add --yes"));
  Pty pty(80);
  DaemonProcess json(arguments({"-o", "json"}), credentials(), pty.streams());
  EXPECT_EQ(json.wait_exit(), 2);
  EXPECT_TRUE(pty.wait_for("add --yes"));
  EXPECT_EQ(azure_.counters().requests, 0U) << "before anything is read";
}

TEST_F(ApplyTest, AsksNothingWhereNothingIsToChange) {
  azure_.add(subscription(1, true));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  const Ended ended = at_terminal({}, "");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, Not(HasSubstr("[y/N]")));
}

TEST_F(ApplyTest, ADryRunIsDiff) {
  add_off(2);
  const Ended ended = end({"--dry-run"});
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("Plan: 2 subscriptions to change (on 2), 0 in sync\n"));
  EXPECT_THAT(end({"--dry-run", "-o", "json"}).output, HasSubstr(R"("kind":"Diff")"));
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(ApplyTest, ColorsAndWidthFollowTheTerminal) {
  add_terrible_edit(1);
  const Ended narrow = at_terminal({}, "n\n", 80);
  EXPECT_THAT(narrow.output,
              AllOf(HasSubstr("\033[31mplan on -> off\033[0m"), Not(HasSubstr("DECLARED BY"))));
  const Ended wide = at_terminal({}, "n\n", 200);
  EXPECT_THAT(wide.output, AllOf(HasSubstr("DECLARED BY"), HasSubstr(id(1))));
  const Ended plain = at_terminal({}, "n\n", 80, {{"NO_COLOR", "1"}});
  EXPECT_THAT(plain.output, Not(HasSubstr("\033[")));
  EXPECT_THAT(end({"--dry-run"}).output, AllOf(Not(HasSubstr("\033[")), HasSubstr(id(1))));
}

TEST_F(ApplyTest, WritesOnlyWhatIsSelectedAndReadsNoMore) {
  struct Case {
    std::vector<std::string> flags;
    std::set<unsigned> written;
  };
  const std::vector<Case> cases{
      {{"--only", "sub-1"}, {1}},
      {{"--only", id(2)}, {2}},
      {{"--only", "SUB-?"}, {1, 2, 3, 4, 5, 6}},
      {{"--only", "sub-1", "--only", "*-5"}, {1, 5}},
      {{"--owner", "even"}, {2, 4, 6}},
      {{"--owner", "even", "--only", "sub-1", "--only", "sub-2"}, {2}},
  };
  add_off(6);
  for (const Case& each : cases) {
    const auto reads = azure_.counters().reads;
    std::vector<std::string> flags = each.flags;
    flags.emplace_back("--yes");
    const Ended ended = end(flags);
    EXPECT_EQ(ended.code, 0) << ended.output;
    for (unsigned n = 1; n <= 6; ++n) {
      EXPECT_EQ(azure_.plan(id(n)).on, each.written.contains(n)) << each.flags[1] << " " << n;
      azure_.update(id(n), [](armsim::Subscription& it) { it.plan = {}; });
    }
    // Each is read for the plan, before its write, and after it.
    EXPECT_LE(azure_.counters().reads - reads, 3 * each.written.size()) << each.flags[1];
  }
}

TEST_F(ApplyTest, ASelectionOfNothingIsAnError) {
  add_off(1);
  const Ended ended = end({"--yes", "--only", "sub-2"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr("--only \"sub-2\" matches no subscription of the desired "
                                      "state; did you mean \"sub-1\"?"));
}

TEST_F(ApplyTest, ABrakeIsNotEasierToPassByASelection) {
  add_terrible_edit();
  const Ended part = end({"--yes", "--only", "sub-1"});
  EXPECT_EQ(part.code, 1) << part.output;
  EXPECT_THAT(part.output, AllOf(HasSubstr("withheld: DisableBrake"),
                                 HasSubstr("1 withheld, 9 not selected\n")));
  EXPECT_EQ(on(10), 10U);
  // The same code as for the whole fleet, which confirms all of them.
  EXPECT_EQ(code_in(part.output), code_in(end({"--dry-run"}).output));
}

TEST_F(ApplyTest, AConfirmedSelectionWritesOnlyThat) {
  write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
  add_terrible_edit();
  const std::string code = code_in(end({"--dry-run", "--only", "sub-1"}).output);
  ASSERT_EQ(code.size(), 8U);
  const Ended ended = end({"--yes", "--only", "sub-1", "--confirm", code});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(on(10), 9U);
  EXPECT_FALSE(azure_.plan(id(1)).on);
}

TEST_F(ApplyTest, ASelectedSwitchOffWithinTheLimitReadsTheRestAndIsWritten) {
  azure_.add(subscription(1, true));
  azure_.add(subscription(2, false));
  write("desired.yaml", desired({"id: " + id(1) + ", name: gone, plan: off",
                                 "id: " + id(2) + ", name: other, plan: on"}));
  const Ended ended = end({"--yes", "--only", "gone"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_FALSE(azure_.plan(id(1)).on);
  EXPECT_FALSE(azure_.plan(id(2)).on) << "it was read, and is not selected";
}

TEST_F(ApplyTest, WritesNoMoreThanTheMaximumAndSaysSo) {
  add_off(5);
  const Ended ended = end({"--yes", "--max", "2"});
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("not now: --max 2"),
                    HasSubstr("Plan: 2 subscriptions to change (on 2), 3 left for later (--max)"),
                    HasSubstr("Applied: 2 subscriptions changed (on 2), 3 not written (--max), 2 "
                              "in sync\n")));
  EXPECT_EQ(on(5), 2U);
  EXPECT_TRUE(azure_.plan(id(1)).on && azure_.plan(id(2)).on) << "the first ones";
  EXPECT_EQ(end({"--yes", "--max", "0"}).code, 2);
}

TEST_F(ApplyTest, WhatChangesAfterThePlanWasShownIsNotWritten) {
  azure_.add(subscription(1, true, {{"AIPromptEvidence", true}}));
  azure_.add(subscription(2, false));
  write("desired.yaml", desired({"id: " + id(1) + ", name: moved, plan: on, promptEvidence: off",
                                 "id: " + id(2) + ", name: same, plan: on"}));
  Pty pty(200);
  DaemonProcess process(arguments({}), credentials(), pty.streams());
  ASSERT_TRUE(pty.wait_for(kQuestion)) << pty.shown();
  azure_.update(id(1), [](armsim::Subscription& it) { it.plan = {}; });
  pty.type("y\n");
  EXPECT_EQ(process.wait_exit(), 1);
  ASSERT_TRUE(pty.wait_for("1 withheld"));
  EXPECT_THAT(pty.shown(), AllOf(HasSubstr("moved: it has changed since the plan was shown"),
                                 HasSubstr("Applied: 1 subscription changed (on 1), 1 in sync")));
  EXPECT_FALSE(azure_.plan(id(1)).on) << "nobody was asked whether it shall go on";
  EXPECT_TRUE(azure_.plan(id(2)).on);
}

TEST_F(ApplyTest, WhatSomebodyElseHasCorrectedMeanwhileIsInSync) {
  add_off(2);
  Pty pty(80);
  DaemonProcess process(arguments({}), credentials(), pty.streams());
  ASSERT_TRUE(pty.wait_for(kQuestion)) << pty.shown();
  azure_.update(id(1), [](armsim::Subscription& it) { it.plan = armsim::Plan{.on = true}; });
  pty.type("y\n");
  EXPECT_EQ(process.wait_exit(), 0);
  EXPECT_TRUE(pty.wait_for("Applied: 1 subscription changed (on 1), 2 in sync")) << pty.shown();
}

TEST_F(ApplyTest, TheHintIsACommandThatWorks) {
  write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
  add_terrible_edit();
  const std::string output = end({"--yes", "--only", "sub-*"}).output;
  std::smatch match;
  ASSERT_TRUE(std::regex_search(output, match,
                                std::regex("To confirm the held changes: defenderd (apply .*)\n")))
      << output;
  EXPECT_THAT(match[1].str(), AllOf(HasSubstr("--only 'sub-*' --yes --confirm "),
                                    HasSubstr("--desired " + path("desired.yaml"))));
  const std::string shell = "exec \"$0\" " + match[1].str();
  // The shell's $0 is the program.
  DaemonProcess confirmed({}, credentials(), {.launcher = {"/bin/sh", "-c", shell}});
  EXPECT_EQ(confirmed.wait_exit(), 0) << confirmed.output();
  EXPECT_EQ(on(10), 0U);
}

TEST_F(ApplyTest, TheJournalSaysWhoLetItThrough) {
  write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
  add_terrible_edit();
  const std::string code = code_in(end({"--dry-run"}).output);
  EXPECT_EQ(end({"--yes", "--confirm", code}).code, 0);
  const std::string user = getpwuid(getuid())->pw_name;  // NOLINT(concurrency-mt-unsafe)
  std::ifstream file(path("journal.jsonl"));
  std::size_t lines = 0;
  std::size_t decisions = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["confirmed"], code) << line;
    EXPECT_EQ(json[json["result"] == "confirmed" ? "actor" : "by"], user) << line;
    decisions += json["result"] == "confirmed" ? 1 : 0;
  }
  EXPECT_EQ(lines, 21U) << "an intent and a result each, and who decided";
  EXPECT_EQ(decisions, 1U);
  DaemonProcess journal({"journal", "--file", path("journal.jsonl")}, {});
  EXPECT_EQ(journal.wait_exit(), 0);
  EXPECT_THAT(journal.output(), HasSubstr("by " + user + ", confirmed " + code));
}

}  // namespace
}  // namespace defenderd
