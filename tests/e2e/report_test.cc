// `defenderd report`: evidence in each format, from Azure and from the journal of a real daemon.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/pty.h"
#include "e2e/world.h"

namespace defenderd {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ReportTest : public World {
 protected:
  // One that a daemon has corrected, one that is only observed, one with an accepted finding; and
  // one that nobody manages.
  ReportTest() {
    for (unsigned n = 1; n <= 3; ++n) azure_.add(subscription(n, n != 2));
    azure_.update(id(3), [](armsim::Subscription& it) {
      it.ai_accounts = {{.name = "bot"}};
      it.account("bot").defender.state = "Disabled";
    });
    azure_.add(subscription(4, false));
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
    declare("enforce");
  }
  void declare(const std::string& mode) const {
    write("desired.yaml",
          desired({"id: " + id(1) + ", name: '=chat|prod', plan: on, reason: '<b>why</b>'",
                   "id: " + id(2) + ", name: acquired, plan: on, owner: team a, mode: " + mode,
                   "id: " + id(3) +
                       ", plan: on, findings: {accept: [{finding: AccountSwitchedOff, "
                       "reason: red team, until: 2099-01-01T00:00:00Z}]}"}));
  }
  // What a daemon records: the plan of the second is switched on, and somebody switches it off.
  void let_a_daemon_work() {
    const auto daemon = run();
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.plan(id(2)).on; })) << daemon->output();
    ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 3"));
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
    declare("observe");
    azure_.update(id(2), [](armsim::Subscription& it) { it.plan.on = false; });
  }
  struct Ended {
    int code = -1;
    std::string output;
  };
  [[nodiscard]] Ended report(const std::vector<std::string>& more,
                             const Streams& streams = {}) const {
    std::vector<std::string> words{"report", "-c", path("settings.yaml"), "-d",
                                   path("desired.yaml")};
    words.insert(words.end(), more.begin(), more.end());
    DaemonProcess process(words, credentials(), streams);
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }
  [[nodiscard]] std::string written(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static const json& row(const json& rows, const std::string& key, const std::string& value) {
    for (const json& each : rows) {
      if (each.at(key) == value) return each;
    }
    static const json kNone;
    return kNone;
  }
};

TEST_F(ReportTest, JsonHasWhatIsDeclaredObservedExceptedAndChanged) {
  let_a_daemon_work();
  const Ended ended = report({"-o", path("evidence.json")});
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("wrote " + path("evidence.json")));
  const json evidence = json::parse(written("evidence.json"));
  EXPECT_EQ(evidence["kind"], "Report");
  const json& head = evidence["head"];
  EXPECT_EQ(head["subscriptions"], 3);
  EXPECT_EQ(head["asDeclared"], 2);
  EXPECT_EQ(head["different"], 1);
  EXPECT_EQ(head["notObserved"], 0);
  EXPECT_THAT(head["version"].get<std::string>(), StartsWith("defenderd "));
  EXPECT_THAT(head["desiredState"].get<std::string>(),
              AllOf(StartsWith(path("desired.yaml")), HasSubstr("(content ")));
  EXPECT_THAT(head["identity"].get<std::string>(), HasSubstr("client secret"));
  const json& second = row(evidence["subscriptions"], "id", id(2));
  EXPECT_EQ(second["planDeclared"], "on");
  EXPECT_EQ(second["planObserved"], "off");
  EXPECT_EQ(second["asDeclared"], false);
  EXPECT_EQ(row(evidence["unmanaged"], "id", id(4))["state"], "Enabled");
  EXPECT_EQ(row(evidence["exceptions"], "kind", "observe mode")["owner"], "team a");
  EXPECT_EQ(row(evidence["exceptions"], "kind", "accepted finding")["until"],
            "2099-01-01T00:00:00Z");
  EXPECT_EQ(row(evidence["findings"], "id", id(3))["accepted"], true);
  const json& change = row(evidence["changes"], "id", id(2));
  EXPECT_EQ(change["from"], "off");
  EXPECT_EQ(change["to"], "on");
  EXPECT_EQ(change["result"], "applied");
  EXPECT_EQ(row(evidence["drifts"], "id", id(2))["ending"], "corrected");
  EXPECT_EQ(azure_.counters().writes, 1U) << "the daemon's; a report writes nothing";
}

TEST_F(ReportTest, CsvHasNoFormula) {
  let_a_daemon_work();
  const Ended ended = report({"--format", "csv"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("\xEF\xBB\xBFrecord,fact,value,id,name,"),
                                  HasSubstr(",'=chat|prod,"), Not(HasSubstr(",=chat")),
                                  HasSubstr("\r\nexception,"), HasSubstr("\r\nchange,")));
}

TEST_F(ReportTest, HtmlIsOnePageAndEscapesWhatTheFilesSay) {
  let_a_daemon_work();
  EXPECT_EQ(report({"-o", path("evidence.html")}).code, 1);
  const std::string page = written("evidence.html");
  EXPECT_THAT(page, AllOf(StartsWith("<!doctype html>"), HasSubstr("</html>\n"),
                          HasSubstr("&lt;b&gt;why&lt;/b&gt;"), Not(HasSubstr("<b>")),
                          HasSubstr("<td class=\"no\">no</td>"), Not(HasSubstr("<script"))));
  const Ended again = report({"-o", path("evidence.html")});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.output, HasSubstr("already exists, not overwritten"));
}

TEST_F(ReportTest, MarkdownIsTheSameInAPipeAndOnATerminal) {
  let_a_daemon_work();
  const Ended piped = report({"--since", "2026-01-01T00:00:00Z"});
  EXPECT_EQ(piped.code, 1);
  EXPECT_THAT(piped.output,
              AllOf(HasSubstr("# defenderd evidence report\n"), HasSubstr("## Subscriptions (3)\n"),
                    HasSubstr("<code>&#61;chat&#124;prod</code>"), Not(HasSubstr("<b>")),
                    HasSubstr("## Changes made (1)\n"), Not(HasSubstr("\033"))));
  Pty pty(80);
  EXPECT_EQ(report({}, pty.streams()).code, 1);
  EXPECT_TRUE(pty.wait_for("## Decisions of people"));
  EXPECT_THAT(pty.shown(), HasSubstr("\n## Subscriptions (3)\n"));
}

TEST_F(ReportTest, WhatItDoesNotHaveIsSaid) {
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed", "no role")
          .repeated(100));
  const Ended ended = report({});
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("3 subscriptions could not be observed"), HasSubstr("Forbidden"),
                    HasSubstr("no drifts, changes and decisions: there is no journal"),
                    HasSubstr("## Not in this report"), HasSubstr("| Not observed | 3 |"),
                    Not(HasSubstr("## Changes made"))));
}

TEST_F(ReportTest, ASignalLeavesNoHalfOfAReport) {
  azure_.inject(armsim::Fault::held(armsim::Operation::Read));
  DaemonProcess process({"report", "-c", path("settings.yaml"), "-d", path("desired.yaml"), "-o",
                         path("evidence.json")},
                        credentials());
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() == 1; })) << process.output();
  process.signal(SIGINT);
  ASSERT_TRUE(process.wait_output("defenderd: stopping\n"));
  azure_.release_held();
  EXPECT_EQ(process.wait_exit(), 130);
  EXPECT_THAT(process.output(), HasSubstr("stopped by a signal; nothing was written"));
  EXPECT_FALSE(std::filesystem::exists(path("evidence.json")));
}

TEST_F(ReportTest, ADashIsStandardOutput) {
  const Ended ended = report({"-o", "-"});
  EXPECT_THAT(ended.output, HasSubstr("# defenderd evidence report\n"));
  EXPECT_THAT(ended.output, Not(HasSubstr("wrote ")));
}

TEST_F(ReportTest, BadUsageEndsBeforeAnythingIsRead) {
  const Ended since = report({"--since", "yesterday"});
  EXPECT_EQ(since.code, 2);
  EXPECT_THAT(since.output, HasSubstr("--since \"yesterday\": expected a duration"));
  const Ended file = report({"--file", path("no.jsonl")});
  EXPECT_EQ(file.code, 2);
  EXPECT_THAT(file.output, HasSubstr("there is no journal " + path("no.jsonl")));
  const Ended other = report({"--file", path("settings.yaml")});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.output, HasSubstr("settings.yaml is not a journal: none of its "));
  EXPECT_EQ(report({"--since", "2099-01-01T00:00:00Z"}).code, 2);
  EXPECT_EQ(report({"-o", path("evidence.pdf")}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(path("evidence.pdf")));
  EXPECT_EQ(azure_.counters().requests, 0U);
}

TEST_F(ReportTest, TheJournalIsAskedForASubscriptionByItsName) {
  let_a_daemon_work();
  const auto journal = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"journal", "-c", path("settings.yaml")};
    words.insert(words.end(), more.begin(), more.end());
    DaemonProcess process(words, {});
    const int code = process.wait_exit().value_or(-1);
    return Ended{code, process.output()};
  };
  EXPECT_THAT(journal({"--subscription", "ACQ*"}).output, HasSubstr("off -> on"));
  EXPECT_THAT(journal({"--subscription", "other"}).output,
              HasSubstr("no matching entries in the journal"));
  const Ended other = journal({"--file", path("settings.yaml")});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.output, HasSubstr("settings.yaml is not a journal: none of its "));
}

}  // namespace
}  // namespace defenderd
