// `defenderd report --url`: the evidence of a running daemon, which agrees with a sweep's.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "e2e/world.h"
#include "support/fixed_server.h"

namespace defenderd {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ReportUrlTest : public World {
 protected:
  struct Ended {
    int code = -1;
    std::string output;
  };
  // No file, and nothing in the environment.
  static Ended report(const std::string& url, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"report", "--url", url};
    words.insert(words.end(), more.begin(), more.end());
    DaemonProcess process(words, {});
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }
  static std::string url(const DaemonProcess& daemon) {
    return "http://127.0.0.1:" + std::to_string(daemon.port());
  }
  // The object, whatever was said on stderr besides.
  static json parsed(const std::string& output) {
    const std::size_t begin = output.find("{\"apiVersion\"");
    return begin == std::string::npos
               ? json()
               : json::parse(output.substr(begin, output.find('\n', begin) - begin), nullptr,
                             false);
  }
  // The rows in any order, without these members.
  static std::multiset<std::string> rows(const json& evidence, const std::string& table,
                                         const std::vector<std::string>& without = {}) {
    std::multiset<std::string> all;
    for (json row : evidence.at(table)) {
      for (const std::string& member : without) row.erase(member);
      all.insert(row.dump());
    }
    return all;
  }
  static Ended of_answer(const std::string& answer) {
    const FixedServer server(answer, true);
    return report("http://127.0.0.1:" + std::to_string(server.port()));
  }
  static std::string answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
};

TEST_F(ReportUrlTest, AgreesWithASweep) {
  for (unsigned n = 1; n <= 4; ++n)
    azure_.add(subscription(n, n == 1 || n == 3, {{"AIPromptEvidence", n == 3}}));
  azure_.add(subscription(5, true));  // that nobody manages
  azure_.update(id(3), [](armsim::Subscription& it) {
    it.ai_accounts = {{.name = "bot"}};
    it.account("bot").defender.state = "Disabled";
  });
  write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") +
                                  "}\nsafety: {maxEnablesPerSweep: none, freeze: [{reason: "
                                  "year-end, by: ann, owners: [team b], "
                                  "from: 2098-12-24T00:00:00Z, until: 2099-01-02T00:00:00Z}]}\n"));
  write("desired.yaml",
        desired({"id: " + id(1) +
                     ", name: '=chat|prod', plan: on, reason: '<b>why</b>', promptEvidence: on",
                 "id: " + id(2) + ", name: acquired, plan: on, owner: team a, mode: observe",
                 "id: " + id(3) +
                     ", plan: on, unnamedExtensions: leave, findings: {accept: "
                     "[{finding: AccountSwitchedOff, reason: red team, until: "
                     "2099-01-01T00:00:00Z}]}",
                 "id: " + id(4) +
                     ", plan: on, suspend: {until: 2099-01-01T00:00:00Z, reason: "
                     "migration, by: bob}"}));
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 2"))
      << daemon->output();
  ASSERT_TRUE(daemon->wait_get("/api/v1/findings", "\"lastRound\":\"")) << daemon->output();
  ASSERT_TRUE(daemon->wait_get("/api/v1/undeclared", "\"known\":true")) << daemon->output();

  DaemonProcess sweep(
      {"report", "-c", path("settings.yaml"), "-d", path("desired.yaml"), "--format", "json"},
      credentials());
  ASSERT_EQ(sweep.wait_exit(), 1) << sweep.output();
  const json swept = parsed(sweep.output());
  const Ended ended = report(url(*daemon), {"--format", "json"});
  ASSERT_EQ(ended.code, 1) << ended.output;
  const json told = parsed(ended.output);

  EXPECT_EQ(rows(told, "subscriptions", {"observedAt"}), rows(swept, "subscriptions"));
  for (const json& row : told.at("subscriptions"))
    EXPECT_TRUE(row.at("observedAt").is_string()) << row.dump();
  for (const char* const table : {"unmanaged", "exceptions", "findings", "decisions"})
    EXPECT_EQ(rows(told, table), rows(swept, table)) << table;
  EXPECT_EQ(rows(told, "exceptions").size(), 5U);
  const std::vector<std::string> not_told{"desiredHash", "correlationId"};
  EXPECT_EQ(rows(told, "changes", not_told), rows(swept, "changes", not_told));
  EXPECT_EQ(rows(told, "changes").size(), 1U);
  // The answer of the activity log may have come between the two.
  const std::vector<std::string> moving{"seconds", "actorKind", "by", "client"};
  EXPECT_EQ(rows(told, "drifts", moving), rows(swept, "drifts", moving));
  EXPECT_FALSE(told.at("drifts").empty());
  for (const char* const fact : {"subscriptions", "asDeclared", "different", "notObserved"})
    EXPECT_EQ(told["head"][fact], swept["head"][fact]) << fact;
  EXPECT_THAT(told["head"]["daemon"].get<std::string>(),
              AllOf(StartsWith(url(*daemon) + ", defenderd "), HasSubstr("running since 20")));
  EXPECT_THAT(told["head"]["observed"].get<std::string>(), StartsWith("between 20"));
  EXPECT_THAT(swept["head"]["desiredState"].get<std::string>(),
              HasSubstr(told["head"]["desiredState"].get<std::string>()));
  EXPECT_THAT(ended.output, AllOf(HasSubstr("the daemon does not report its identity in Azure"),
                                  HasSubstr("knows drifts, changes and decisions only since")));

  // Its journal has what it does not report.
  const Ended with_file = report(
      url(*daemon), {"--format", "json", "--file", path("journal.jsonl"), "-o", path("all.json")});
  EXPECT_EQ(with_file.code, 1) << with_file.output;
  const Ended markdown = report(url(*daemon), {"--file", path("journal.jsonl")});
  EXPECT_THAT(markdown.output,
              AllOf(HasSubstr("| As reported by |"), HasSubstr("## Changes made (1)"),
                    Not(HasSubstr("correlation id of a change"))));
}

TEST_F(ReportUrlTest, WhatIsNoDaemonIsRefusedWithWhatToDo) {
  std::string gone;
  {
    const FixedServer server("");
    gone = "http://127.0.0.1:" + std::to_string(server.port());
  }
  const Ended refused = report(gone);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.output, HasSubstr("is the daemon running, and is --url its server.listen?"));

  const Ended older = of_answer(answer("404 Not Found", "no such page\n"));
  EXPECT_EQ(older.code, 2);
  EXPECT_THAT(older.output, AllOf(HasSubstr("/api/v1/status answered 404: no such page"),
                                  HasSubstr("an older defenderd, or something else: update it")));
  EXPECT_THAT(of_answer(answer("403 Forbidden", "")).output,
              HasSubstr("something before the daemon refuses it"));
  EXPECT_THAT(of_answer(answer("401 Unauthorized", "")).output,
              HasSubstr("into DEFENDERD_BASIC_AUTH_FILE"));
  EXPECT_THAT(of_answer(answer("302 Found", "")).output,
              HasSubstr("use the address of the daemon itself"));
  for (const char* const body : {"<html>", "{\"version\":", "[]", "{}"}) {
    const Ended other = of_answer(answer("200 OK", body));
    EXPECT_EQ(other.code, 2) << body;
    EXPECT_THAT(other.output, HasSubstr("is not what defenderd answers")) << body;
  }
  const Ended large = of_answer("HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n");
  EXPECT_EQ(large.code, 2);
  EXPECT_THAT(large.output, AllOf(HasSubstr("larger than"), HasSubstr("is --url the address of")));
}

TEST_F(ReportUrlTest, BadUsageIsSaid) {
  EXPECT_THAT(report("localhost").output, HasSubstr("--url: expected http://HOST:PORT"));
  const Ended both = report("http://127.0.0.1:1", {"-c", path("settings.yaml")});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.output, HasSubstr("--url"));
  const Ended file = report("http://127.0.0.1:1", {"--file", path("no.jsonl")});
  EXPECT_EQ(file.code, 2);
  EXPECT_THAT(file.output, HasSubstr("there is no journal " + path("no.jsonl")));
}

}  // namespace
}  // namespace defenderd
