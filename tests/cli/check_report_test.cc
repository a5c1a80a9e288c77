#include "cli/check_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/builders.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

CheckResult good() {
  std::vector<DesiredSubscription> subscriptions = all_declared(15, true);
  for (unsigned n = 1; n <= 15; ++n) {
    DesiredSubscription& one = subscriptions[n - 1];
    one.plan = n != 1;
    one.mode = n <= 12 ? Mode::Enforce : Mode::Observe;
    one.source = "teams/a.yaml:" + std::to_string(n);
  }
  subscriptions[0].suspend = Suspension{kNow - 1h};
  subscriptions[1].suspend = Suspension{kNow + 100h};
  for (const std::size_t i : {2U, 3U}) {
    subscriptions[i].accepted = std::vector{
        AcceptedFinding{FindingKind::ContentFilterOptedOut, "", "red team", kNow + 100h}};
  }
  Scope scope;
  scope.declares.plan = true;
  CheckResult result;
  result.config = "defenderd.yaml";
  result.desired = "teams";
  result.summary = summary_of(desired_state(subscriptions, {scope}), kNow);
  result.freezes = {2, 1, 0};
  result.cost = "it is billed";
  result.warnings = {{"teams/a.yaml:1", "the suspension expired"}, {"", "too many reads"}};
  return result;
}

CheckResult bad() {
  CheckResult result;
  result.desired = "teams";
  result.problems = {{"teams/a.yaml", 3, 18, "defaults.plan", "expected on or off"},
                     {"teams/b.yaml", 0, 0, "", "no such file"}};
  return result;
}

constexpr const char* kGoodText =
    "valid: defenderd.yaml, and teams with 15 subscriptions and 1 scope\n"
    "  subscriptions: 12 enforce, 3 observe; plan on for 14, off for 1\n"
    "  scopes: 0 enforce, 1 observe; plan on for 1, off for 0\n"
    "  accepted findings: 1\n"
    "  suspensions: 2 (1 expired)\n"
    "  freezes: 2 (1 in force)\n"
    "it is billed\n";

TEST(CheckReport, SumsUpWhatIsDeclared) {
  EXPECT_EQ(check_text(good()), kGoodText);
  EXPECT_EQ(complaints(good()),
            "warning: teams/a.yaml:1: the suspension expired\nwarning: too many reads\n");
}

TEST(CheckReport, OfOneFile) {
  CheckResult settings;
  settings.config = "defenderd.yaml";
  EXPECT_EQ(check_text(settings), "valid: defenderd.yaml\n");
  EXPECT_EQ(complaints(settings), "");
  settings.missing = "/etc/list.yaml";
  EXPECT_EQ(complaints(settings), "not checked, because it is not there: /etc/list.yaml\n");
  CheckResult list;
  list.desired = "list.yaml";
  list.summary = summary_of({declarations({declared(1, false)}), "hash"}, kNow);
  EXPECT_EQ(check_text(list),
            "valid: list.yaml with 1 subscription\n"
            "  subscriptions: 1 enforce, 0 observe; plan on for 0, off for 1\n");
}

TEST(CheckReport, CountsWaves) {
  DesiredSubscription late = declared(2, true);
  late.wave = 10;
  Scope scope;
  scope.declares.wave = 10;
  EXPECT_THAT(as_text(summary_of({declarations({declared(1, true), late}), "hash", {scope}}, kNow)),
              EndsWith("  wave 0: 1 subscription\n  wave 10: 1 subscription and 1 scope\n"));
}

TEST(CheckReport, NamesEachProblem) {
  EXPECT_EQ(check_text(bad()), "");
  EXPECT_EQ(complaints(bad()),
            "teams/a.yaml:3:18: defaults.plan: expected on or off\n"
            "teams/b.yaml: no such file\n"
            "2 problems\n");
}

TEST(CheckReport, ForGithub) {
  EXPECT_EQ(check_annotations(bad()),
            "::error file=teams/a.yaml,line=3,col=18::defaults.plan: expected on or off\n"
            "::error file=teams/b.yaml::no such file\n");
  EXPECT_EQ(check_annotations(good()),
            "::warning file=teams/a.yaml,line=1::the suspension expired\n"
            "::warning::too many reads\n" +
                std::string(kGoodText));
}

TEST(CheckReport, ForGithubIsBounded) {
  CheckResult result = bad();
  result.problems.assign(1000, result.problems.front());
  const std::string text = check_annotations(result);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 101);
  EXPECT_THAT(text, EndsWith("::error::and 900 more; defenderd check prints all\n"));
  result = good();
  result.warnings.assign(101, result.warnings.front());
  EXPECT_THAT(check_annotations(result),
              HasSubstr("\n::warning::and 1 more; defenderd check prints all\nvalid: "));
}

TEST(CheckReport, NothingInANameEndsTheLine) {
  CheckResult result = good();
  result.desired = "a\n::error::b";
  EXPECT_THAT(check_annotations(result), HasSubstr("\nvalid: defenderd.yaml, and a ::error::b "));
}

TEST(CheckReport, AsJson) {
  EXPECT_EQ(check_json(bad()),
            R"({"apiVersion":"defenderd/v1","kind":"Check","valid":false,"config":null,)"
            R"("desired":"teams","problems":[{"file":"teams/a.yaml","line":3,"column":18,)"
            R"("path":"defaults.plan","message":"expected on or off"},{"file":"teams/b.yaml",)"
            R"("line":null,"column":null,"path":"","message":"no such file"}],"warnings":[],)"
            R"("summary":null,"freezes":null,"changes":null})"
            "\n");
  EXPECT_EQ(check_json(good()),
            R"({"apiVersion":"defenderd/v1","kind":"Check","valid":true,)"
            R"("config":"defenderd.yaml","desired":"teams","problems":[],"warnings":[)"
            R"({"file":"teams/a.yaml","line":1,"column":null,"path":"",)"
            R"("message":"the suspension expired"},{"file":null,"line":null,"column":null,)"
            R"("path":"","message":"too many reads"}],"summary":{"subscriptions":)"
            R"({"enforce":12,"observe":3,"planOn":14,"planOff":1},"scopes":{"enforce":0,)"
            R"("observe":1,"planOn":1,"planOff":0},"acceptedFindings":{"all":1,"expired":0},)"
            R"("suspensions":{"all":2,"expired":1},"waves":[{"wave":0,"subscriptions":15,)"
            R"("scopes":1}]},"freezes":{"all":2,"inForce":1,"over":0},"changes":null})"
            "\n");
}

TEST(CheckReport, AsJsonWithMarkupAndTheChanges) {
  CheckResult result = good();
  const std::string odd = "\"},{\n\x1b[31m\xff";
  result.warnings = {{"a:b:7", odd}};
  result.changes = review_edit({}, {declarations({declared(1, true)}), "hash"}, WallTime());
  const auto json = nlohmann::json::parse(check_json(result));
  EXPECT_EQ(json["warnings"][0]["file"], "a:b");
  EXPECT_EQ(json["warnings"][0]["line"], 7);
  EXPECT_THAT(json["warnings"][0]["message"].get<std::string>(), StartsWith("\"},{"));
  EXPECT_EQ(json["changes"]["summary"]["subscriptions"]["added"], 1);
  EXPECT_EQ(json["changes"]["items"][0]["id"], guid(1));
}

}  // namespace
}  // namespace defenderd
