// The schemas, the reference and the samples say what the reader does.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "desired/keys.h"
#include "desired/read_desired.h"
#include "desired/read_settings.h"
#include "source_dir.h"

namespace defenderd {
namespace {

using nlohmann::json;

std::string read_shipped(const std::string& name) {
  std::ifstream file(DEFENDERD_SOURCE_DIR "/config/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

json schema(const std::string& name) { return json::parse(read_shipped("schema/" + name)); }

struct Section {
  std::string path;     // in the document
  std::string pointer;  // in the schema
  std::span<const std::string_view> keys;
};

const std::vector<Section>& settings_sections() {
  static const std::vector<Section> sections{
      {"", "", keys::kSettings},
      {"poll", "/properties/poll", keys::kPoll},
      {"poll.retry", "/properties/poll/properties/retry", keys::kRetry},
      {"azure", "/properties/azure", keys::kAzure},
      {"azure.auth", "/properties/azure/properties/auth", keys::kAuth},
      {"azure.auth.managedIdentity", "/properties/azure/properties/auth/properties/managedIdentity",
       keys::kManagedIdentity},
      {"azure.endpoints", "/properties/azure/properties/endpoints", keys::kEndpoints},
      {"azure.timeouts", "/properties/azure/properties/timeouts", keys::kTimeouts},
      {"azure.budget", "/properties/azure/properties/budget", keys::kBudget},
      {"safety", "/properties/safety", keys::kSafety},
      {"safety.contestedAfter", "/properties/safety/properties/contestedAfter",
       keys::kContestedAfter},
      {"safety.pace", "/properties/safety/properties/pace", keys::kPace},
      {"safety.freeze", "/properties/safety/properties/freeze/items", keys::kFreeze},
      {"safety.freeze.weekly", "/properties/safety/properties/freeze/items/properties/weekly",
       keys::kWeekly},
      {"findings", "/properties/findings", keys::kFindingsSettings},
      {"server", "/properties/server", keys::kServer},
      {"journal", "/properties/journal", keys::kJournal},
      {"state", "/properties/state", keys::kState},
      {"log", "/properties/log", keys::kLog}};
  return sections;
}

const std::vector<Section>& desired_sections() {
  static const std::vector<Section> sections{
      {"", "", keys::kDesiredState},
      {"", "/properties/defaults", keys::kDefaults},
      {"", "/definitions/subscription", keys::kSubscription},
      {"suspend", "/definitions/subscription/properties/suspend", keys::kSuspend},
      {"findings", "/properties/defaults/properties/findings", keys::kFindings},
      {"findings", "/definitions/subscription/properties/findings", keys::kFindings},
      {"findings.accept", "/definitions/subscription/properties/findings/properties/accept/items",
       keys::kAccept},
      {"findings", "/definitions/scope/properties/findings", keys::kFindings},
      {"", "/definitions/scope", keys::kScope},
      {"suspend", "/definitions/scope/properties/suspend", keys::kSuspend}};
  return sections;
}

std::set<std::string> keys_in(const json& schema, const std::string& pointer) {
  std::set<std::string> result;
  for (const auto& [key, value] : schema.at(json::json_pointer(pointer + "/properties")).items()) {
    result.insert(key);
  }
  return result;
}

void expect_same_keys(const json& schema, const std::vector<Section>& sections) {
  for (const Section& section : sections) {
    EXPECT_EQ(keys_in(schema, section.pointer),
              std::set<std::string>(section.keys.begin(), section.keys.end()))
        << section.pointer;
    EXPECT_EQ(schema.at(json::json_pointer(section.pointer)).at("additionalProperties"), false)
        << section.pointer;
  }
}

TEST(Schema, HasTheKeysOfTheReader) {
  expect_same_keys(schema("settings.schema.json"), settings_sections());
  expect_same_keys(schema("desired-state.schema.json"), desired_sections());
}

// The documented defaults, gathered from the schema as one settings document.
json defaults_of(const json& schema) {
  if (schema.contains("default")) return schema["default"];
  json result;
  if (!schema.contains("properties")) return result;
  for (const auto& [key, value] : schema["properties"].items()) {
    if (!value.is_object()) continue;
    json inner = defaults_of(value);
    if (!inner.is_null()) result[key] = inner;
  }
  return result;
}

TEST(Schema, HasTheDefaultsOfTheReader) {
  json document = defaults_of(schema("settings.schema.json"));
  document["apiVersion"] = keys::kApiVersion;
  document["kind"] = keys::kSettingsKind;
  // Its presence is what switches it on: one of its defaults, with the Lease's.
  const LeaseTiming timing;
  EXPECT_EQ(document["coordination"]["lease"],
            json({{"name", CoordinationSettings().name},
                  {"duration", format_duration(timing.duration)},
                  {"renewDeadline", format_duration(timing.renew_deadline)},
                  {"retryPeriod", format_duration(timing.retry_period)}}));
  document.erase("coordination");
  ASSERT_GE(document.flatten().size(), 19U);
  auto settings = read_settings(document.dump(), "defaults");
  ASSERT_TRUE(settings) << format(settings.error());
  settings->hash.clear();
  EXPECT_EQ(*settings, Settings{});
}

TEST(Reference, ExplainsEveryKey) {
  const std::string reference = read_shipped("README.md");
  const auto desired = reference.find("## Desired state");
  const auto settings = reference.find("## Settings");
  ASSERT_LT(desired, settings);
  ASSERT_NE(settings, std::string::npos);
  const auto expect_rows = [](const std::string& text, const std::vector<Section>& sections) {
    for (const Section& section : sections) {
      for (const std::string_view key : section.keys) {
        const std::string path =
            (section.path.empty() ? "" : section.path + ".") + std::string(key);
        const bool heading = text.find("`" + path + "`") != std::string::npos &&
                             text.find("`" + path + ".") != std::string::npos;
        EXPECT_TRUE(heading || text.find("\n| `" + path + "` ") != std::string::npos) << path;
      }
    }
  };
  expect_rows(reference.substr(desired, settings - desired), desired_sections());
  expect_rows(reference.substr(settings), settings_sections());
}

TEST(Samples, AreGoodAndNameTheirSchema) {
  const std::string settings = read_shipped("defenderd.yaml");
  const std::string desired = read_shipped("subscriptions.yaml");
  const auto read = read_settings(settings, "defenderd.yaml");
  EXPECT_TRUE(read) << format(read.error());
  const auto state = read_desired({{"subscriptions.yaml", desired}});
  EXPECT_TRUE(state) << format(state.error());
  EXPECT_TRUE(
      settings.starts_with("# yaml-language-server: $schema=schema/settings.schema.json\n"));
  EXPECT_TRUE(
      desired.starts_with("# yaml-language-server: $schema=schema/desired-state.schema.json\n"));
}

}  // namespace
}  // namespace defenderd
