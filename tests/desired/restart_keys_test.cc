#include "desired/restart_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desired/keys.h"
#include "desired/read_settings.h"
#include "source_dir.h"

namespace defenderd {
namespace {

std::string content_of(const std::string& name) {
  std::ifstream file(std::string(DEFENDERD_SOURCE_DIR) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Settings read(const std::string& text) {
  auto settings = read_settings(text, "s.yaml");
  EXPECT_TRUE(settings) << format(settings.error());
  return settings ? *settings : Settings{};
}

Settings read_rest(const std::string& rest) {
  return read("apiVersion: defenderd/v1\nkind: Settings\n" + rest);
}

Settings sample(const std::string& name) {
  return read(content_of("tests/data/desired/good/settings_" + name + ".yaml"));
}

// What the reference lists, `azure.*` as `azure.`, and then the exceptions.
std::pair<std::vector<std::string>, std::vector<std::string>> documented() {
  const std::string text = content_of("config/README.md");
  std::size_t at = text.find("**Settings that need a restart:**");
  EXPECT_NE(at, std::string::npos);
  if (at == std::string::npos) return {};
  const std::string list = text.substr(at, text.find(".\n", at) - at);
  std::pair<std::vector<std::string>, std::vector<std::string>> result;
  for (at = list.find('`'); at != std::string::npos; at = list.find('`', at)) {
    const std::size_t end = list.find('`', at + 1);
    std::string key = list.substr(at + 1, end - at - 1);
    if (key.ends_with('*')) key.pop_back();
    const bool is_exception = at > list.find('(') && at < list.find(')');
    (is_exception ? result.second : result.first).push_back(std::move(key));
    at = end + 1;
  }
  return result;
}

bool is_in(const std::vector<std::string>& list, const std::string& key) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& item) {
    return item.ends_with('.') ? key.starts_with(item) : key == item;
  });
}

TEST(RestartKeys, WhatNeedsARestartCanStayAsItWas) {
  const Settings running = read_rest("");
  const Settings edited = read_rest(
      "poll: {interval: 7m, workers: 3}\nserver: {listen: '127.0.0.1:1'}\njournal: {file: /j}\n"
      "log: {level: debug, format: text, ids: on}\n"
      "azure: {timeouts: {request: 7s}, budget: {readsPerSecond: 3}, activityLog: off}\n"
      "coordination: {lease: {name: other}}\n");
  EXPECT_THAT(needing_restart(running, edited),
              testing::ElementsAre("poll.workers", "azure.timeouts.request", "server.listen",
                                   "journal.file", "coordination", "log.format", "log.ids"));
  const Settings mixed = without_restart(running, edited);
  EXPECT_THAT(needing_restart(running, mixed), testing::IsEmpty());
  EXPECT_EQ(mixed.journal_file, "");
  EXPECT_EQ(mixed.azure.request_timeout, running.azure.request_timeout);
  EXPECT_EQ(mixed.poll.interval, Duration(std::chrono::minutes(7)));
  EXPECT_EQ(mixed.azure.reads_per_second, 3);
  EXPECT_EQ(mixed.log.level, LogLevel::Debug);
  EXPECT_EQ(mixed.hash, edited.hash);
}

TEST(RestartKeys, WhatTheProcessHoldsOutlivesAHandOver) {
  const Settings started = read_rest("");
  const Settings edited = read_rest(
      "poll: {workers: 3}\nserver: {listen: '127.0.0.1:1', lifecycle: on, webConfigFile: /w, "
      "openProbes: off}\nlog: {format: text, ids: on}\njournal: {file: /j}\n"
      "coordination: {lease: {name: other}}\n");
  const Settings mixed = after_hand_over(started, edited);
  EXPECT_THAT(needing_restart(mixed, edited),
              testing::ElementsAre("server.listen", "server.webConfigFile", "server.openProbes",
                                   "coordination", "log.format", "log.ids"));
  EXPECT_THAT(needing_restart(started, mixed),
              testing::ElementsAre("poll.workers", "server.lifecycle", "journal.file"));
  EXPECT_EQ(mixed.hash, edited.hash);
}

TEST(RestartKeys, AreThoseOfTheReference) {
  std::vector<Settings> all{sample("every_key"), sample("coordination"), sample("token_file"),
                            sample("managed_identity")};
  all.push_back(all.back());
  all.back().azure.auth.identity_resource_id = "/subscriptions/x";
  std::set<std::string> found;
  for (const Settings& edited : all)
    for (const std::string& key : needing_restart(Settings{}, edited)) found.insert(key);
  const auto [listed, exceptions] = documented();
  for (const std::string& key : found) EXPECT_TRUE(is_in(listed, key)) << key;
  for (const std::string& item : listed) {
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const std::string& key) {
      return is_in({item}, key);
    })) << item;
  }
  for (const std::string_view key : keys::kAzure) {
    const std::string name = "azure." + std::string(key);
    const auto next = found.lower_bound(name);
    EXPECT_NE(next != found.end() && next->starts_with(name), is_in(exceptions, name)) << name;
  }
}

// A new member of these is either named here, because a part applies it, or needs a restart.
TEST(RestartKeys, AreAllThatNoPartApplies) {
  Settings kept = without_restart(Settings{}, sample("every_key"));
  const AzureSettings azure;
  kept.azure.register_provider = azure.register_provider;
  kept.azure.activity_log = azure.activity_log;
  kept.azure.activity_log_addresses = azure.activity_log_addresses;
  kept.azure.reads_per_second = azure.reads_per_second;
  kept.azure.writes_per_second = azure.writes_per_second;
  kept.log.level = LogSettings().level;
  EXPECT_EQ(kept.azure, azure);
  EXPECT_EQ(kept.server, ServerSettings());
  EXPECT_EQ(kept.log, LogSettings());
  EXPECT_EQ(kept.journal_file, "");
  EXPECT_EQ(kept.state_file, "");
  EXPECT_EQ(without_restart(Settings{}, sample("coordination")).coordination,
            CoordinationSettings());
}

}  // namespace
}  // namespace defenderd
