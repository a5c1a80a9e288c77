#include "desired/read_desired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/time_text.h"
#include "core/plan_catalog.h"
#include "support/desired_text.h"

namespace defenderd {
namespace {

constexpr std::string_view kFirst = "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11";
constexpr std::string_view kSecond = "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22";

std::string with_head(const std::string& rest) { return kDesiredHead + rest; }

std::string entry(std::string_view id, const std::string& rest = "") {
  return "  - id: " + std::string(id) + "\n" + rest;
}

DesiredState read(const std::vector<NamedText>& files) {
  auto state = read_desired(files);
  EXPECT_TRUE(state) << format(state.error());
  return state ? *state : DesiredState{};
}

DesiredState read(const std::string& text) { return read({NamedText{"list.yaml", text}}); }

TEST(ReadDesired, AcceptedFindingsAreTheEntrysOrThoseOfTheDefaults) {
  const DesiredState state = read(with_head(
      "defaults: {plan: on, mode: enforce, findings: {accept: [{finding: AccountSwitchedOff, "
      "reason: a test, until: 2027-01-01T00:00:00Z}]}}\n"
      "subscriptions:\n"
      "  - id: 6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11\n"
      "  - id: 0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22\n"
      "    findings: {accept: [{finding: ContentFilterOptedOut, resource: /Subscriptions/x/y, "
      "reason: red team, until: 2028-01-01T00:00:00Z}]}\n"));
  ASSERT_TRUE(state.subscriptions.at(0)->accepted);
  ASSERT_EQ(state.subscriptions.at(0)->accepted->size(), 1U);
  const AcceptedFinding& first = state.subscriptions.at(0)->accepted->front();
  EXPECT_EQ(first.finding, FindingKind::AccountSwitchedOff);
  EXPECT_EQ(first.resource, "");
  EXPECT_EQ(first.reason, "a test");
  const AcceptedFinding& second = state.subscriptions.at(1)->accepted->front();
  EXPECT_EQ(second.finding, FindingKind::ContentFilterOptedOut);
  EXPECT_EQ(second.resource, "/Subscriptions/x/y");
  EXPECT_EQ(second.until, parse_rfc3339("2028-01-01T00:00:00Z"));
}

TEST(ReadDesired, GivesEveryFieldOfAnEntry) {
  const auto state = read(with_head("subscriptions:\n") + entry(kFirst, R"(
    name: chat-prod
    tenantId: 1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9
    plan: on
    promptEvidence: off
    extensions: {aiNew: on}
    mode: enforce
    unnamedExtensions: off
    suspend: {until: 2026-12-24T00:00:00Z, reason: tenant move, by: platform team}
    interval: 1h
    reason: >
      prompts hold
      client data
    owner: conversations
)"));
  const DesiredSubscription expected{
      .id = *SubscriptionId::parse(kFirst),
      .name = "chat-prod",
      .tenant = TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"),
      .mode = Mode::Enforce,
      .plan = true,
      .unnamed_extensions = UnnamedExtensions::Off,
      .extensions = {{"aiNew", true}, {std::string(kPromptEvidence), false}},
      .suspend = Suspension{*parse_rfc3339("2026-12-24T00:00:00Z"), "tenant move", "platform team"},
      .interval = std::chrono::hours(1),
      .reason = "prompts hold client data",
      .owner = "conversations",
      .source = "list.yaml:4"};
  ASSERT_EQ(state.subscriptions.size(), 1U);
  EXPECT_EQ(state.subscriptions[0], expected);
}

TEST(ReadDesired, LetsAnEntryOverrideDefaults) {
  const auto state = read(with_head(R"(defaults:
  plan: on
  promptEvidence: on
  extensions: {AIModelScanner: on, AINew: on}
  mode: observe
  unnamedExtensions: off
  interval: 2h
  tenantId: 1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9
  owner: everyone
subscriptions:
)") + entry(kFirst) + entry(kSecond, R"(    promptEvidence: off
    modelScanner: off
    mode: enforce
    unnamedExtensions: leave
    interval: 30s
    tenantId: 2b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9
    owner: one team
)"));
  ASSERT_EQ(state.subscriptions.size(), 2U);
  const DesiredSubscription& first = state.subscriptions[0];
  const DesiredSubscription& second = state.subscriptions[1];
  EXPECT_THAT(first.extensions, testing::ElementsAre(DesiredExtension{"AIModelScanner", true},
                                                     DesiredExtension{"AINew", true},
                                                     DesiredExtension{"AIPromptEvidence", true}));
  EXPECT_THAT(second.extensions, testing::ElementsAre(DesiredExtension{"AIModelScanner", false},
                                                      DesiredExtension{"AINew", true},
                                                      DesiredExtension{"AIPromptEvidence", false}));
  EXPECT_EQ(first.mode, Mode::Observe);
  EXPECT_EQ(second.mode, Mode::Enforce);
  EXPECT_EQ(first.unnamed_extensions, UnnamedExtensions::Off);
  EXPECT_EQ(second.unnamed_extensions, UnnamedExtensions::Leave);
  EXPECT_EQ(first.interval, std::chrono::hours(2));
  EXPECT_EQ(second.interval, std::chrono::seconds(30));
  EXPECT_EQ(first.tenant, TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"));
  EXPECT_EQ(second.tenant, TenantId::parse("2b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"));
  EXPECT_EQ(first.owner, "everyone");
  EXPECT_EQ(second.owner, "one team");
}

TEST(ReadDesired, ASuspensionForEverEndsWithTheClock) {
  for (const std::string_view until : {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999+14:00",
                                       "2262-01-01T00:00:00Z", "2400-02-29T12:00:00-01:00"}) {
    const auto state = read(with_head("subscriptions:\n") +
                            entry(kFirst, "    plan: on\n    mode: enforce\n    suspend: {until: " +
                                              std::string(until) + "}\n"));
    ASSERT_EQ(state.subscriptions.size(), 1U) << until;
    EXPECT_EQ(state.subscriptions[0]->suspend->until, *parse_rfc3339("2261-12-31T23:59:59Z"))
        << until;
  }
}

TEST(ReadDesired, LeavesUnnamedWhatNobodyNames) {
  const auto state =
      read(with_head("defaults: {plan: on, mode: enforce}\nsubscriptions:\n") + entry(kFirst));
  ASSERT_EQ(state.subscriptions.size(), 1U);
  const DesiredSubscription expected{.id = *SubscriptionId::parse(kFirst),
                                     .mode = Mode::Enforce,
                                     .plan = true,
                                     .source = "list.yaml:5"};
  EXPECT_EQ(state.subscriptions[0], expected);
}

TEST(ReadDesired, DropsExtensionsWhereThePlanIsOff) {
  const auto state =
      read(with_head("defaults: {plan: on, mode: enforce, promptEvidence: on}\nsubscriptions:\n") +
           entry(kFirst, "    plan: off\n    modelScanner: off\n"));
  ASSERT_EQ(state.subscriptions.size(), 1U);
  EXPECT_FALSE(state.subscriptions[0]->plan);
  EXPECT_TRUE(state.subscriptions[0]->extensions.empty());
}

TEST(ReadDesired, ReadsSwitchesInEveryForm) {
  struct Case {
    std::string_view text;
    bool on;
  };
  for (const Case& one : std::initializer_list<Case>{{"on", true},
                                                     {"On", true},
                                                     {"ON", true},
                                                     {"true", true},
                                                     {"TRUE", true},
                                                     {"Yes", true},
                                                     {"\"on\"", true},
                                                     {"'true'", true},
                                                     {"off", false},
                                                     {"OFF", false},
                                                     {"false", false},
                                                     {"no", false},
                                                     {"NO", false},
                                                     {"\"No\"", false}}) {
    const auto state = read(with_head("subscriptions:\n") +
                            entry(kFirst, "    mode: enforce\n    plan: " + std::string(one.text)));
    ASSERT_EQ(state.subscriptions.size(), 1U) << one.text;
    EXPECT_EQ(state.subscriptions[0]->plan, one.on) << one.text;
  }
}

TEST(ReadDesired, KeepsDefaultsToTheirFile) {
  const auto state =
      read({{"a.yaml", with_head("defaults: {plan: on, mode: enforce, owner: a}\n"
                                 "subscriptions:\n" +
                                 entry(kFirst))},
            {"b.yaml", with_head("subscriptions:\n" +
                                 entry(kSecond, "    plan: off\n    mode: observe\n"))}});
  ASSERT_EQ(state.subscriptions.size(), 2U);
  EXPECT_EQ(state.subscriptions[0]->owner, "a");
  EXPECT_EQ(state.subscriptions[0]->source, "a.yaml:5");
  EXPECT_EQ(state.subscriptions[1]->owner, "");
  EXPECT_EQ(state.subscriptions[1]->mode, Mode::Observe);
  EXPECT_EQ(state.subscriptions[1]->source, "b.yaml:4");
}

TEST(ReadDesired, HashesTheContentAndItsSplitIntoFiles) {
  const std::string text =
      with_head("defaults: {plan: on, mode: enforce}\nsubscriptions:\n") + entry(kFirst);
  const std::string other =
      with_head("defaults: {plan: on, mode: enforce}\nsubscriptions:\n") + entry(kSecond);
  const std::string hash = read(text).hash;
  EXPECT_THAT(hash, testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(read(std::vector<NamedText>{{"elsewhere.yaml", text}}).hash, hash);
  EXPECT_NE(read(text + "# edited\n").hash, hash);
  EXPECT_NE(read({{"a", text}, {"b", other}}).hash, read({{"a", other}, {"b", text}}).hash);
}

TEST(ReadDesired, WantsAFile) {
  const auto state = read_desired({});
  ASSERT_FALSE(state);
  EXPECT_EQ(format(state.error()), "no file with the desired state\n");
}

TEST(ReadDesired, GoesOnPastABrokenFile) {
  const auto state = read_desired({{"a.yaml", "{"}, {"b.yaml", "[]"}, {"c.yaml", ""}});
  ASSERT_FALSE(state);
  std::vector<std::string> files;
  for (const Problem& problem : state.error()) files.push_back(problem.file);
  EXPECT_THAT(files, testing::ElementsAre("a.yaml", "b.yaml", "c.yaml"));
}

}  // namespace
}  // namespace defenderd
