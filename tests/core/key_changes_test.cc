#include "core/key_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/time_text.h"
#include "support/builders.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// "key: from -> to", with "-" for what is not declared, and "!" if it switches off.
std::vector<std::string> texts(const std::vector<KeyChange>& changes) {
  std::vector<std::string> result;
  for (const KeyChange& change : changes) {
    result.push_back((change.switches_off ? "! " : "") + change.key + ": " +
                     change.from.value_or("-") + " -> " + change.to.value_or("-"));
  }
  return result;
}

std::vector<std::string> between(const DesiredSubscription& before,
                                 const DesiredSubscription& after) {
  return texts(key_changes(&before, &after));
}

TEST(KeyChanges, NameEachKeyWithBothValues) {
  const DesiredSubscription plain = declared(1, true);
  struct Case {
    const char* what;
    std::function<void(DesiredSubscription&)> edit;
    std::string there;
    std::string back;
  };
  const WallTime until = *parse_rfc3339("2027-01-02T00:00:00Z");
  const std::string end = "2027-01-02T00:00:00.000Z";
  for (const Case& item : std::vector<Case>{
           {"plan", [](auto& d) { d.plan = false; }, "! plan: on -> off", "plan: off -> on"},
           {"mode", [](auto& d) { d.mode = Mode::Observe; }, "mode: enforce -> observe",
            "mode: observe -> enforce"},
           {"an extension on", [](auto& d) { d.extensions = {evidence(true)}; },
            "promptEvidence: - -> on", "promptEvidence: on -> -"},
           {"an extension off", [](auto& d) { d.extensions = {evidence(false)}; },
            "! promptEvidence: - -> off", "promptEvidence: off -> -"},
           {"an extension without a key",
            [](auto& d) {
              d.extensions = {{"AINew", false}};
            },
            "! AINew: - -> off", "AINew: off -> -"},
           {"an extension that is called like a key",
            [](auto& d) {
              d.extensions = {{"mode", true}};
            },
            "mode: - -> on", "mode: on -> -"},
           {"the others", [](auto& d) { d.unnamed_extensions = UnnamedExtensions::Off; },
            "! unnamedExtensions: leave -> off", "unnamedExtensions: off -> leave"},
           {"a suspension",
            [&](auto& d) {
              d.suspend = Suspension{until, "move", "eve"};
            },
            "suspend: - -> until " + end + ": move (eve)",
            "suspend: until " + end + ": move (eve) -> -"},
           {"a wave", [](auto& d) { d.wave = 7; }, "wave: 0 -> 7", "wave: 7 -> 0"},
           {"an interval", [](auto& d) { d.interval = 90min; }, "interval: - -> 1h30m",
            "interval: 1h30m -> -"},
           {"a name", [](auto& d) { d.name = "off"; }, "name: sub-1 -> off", "name: off -> sub-1"},
           {"no name", [](auto& d) { d.name = ""; }, "name: sub-1 -> -", "name: - -> sub-1"},
           {"an owner", [](auto& d) { d.owner = "ops"; }, "owner: - -> ops", "owner: ops -> -"},
           {"a reason", [](auto& d) { d.reason = "off"; }, "reason: - -> off", "reason: off -> -"},
           {"a tenant", [](auto& d) { d.tenant = TenantId::parse(guid(7)); },
            "tenantId: - -> " + guid(7), "tenantId: " + guid(7) + " -> -"},
           {"a place in the file", [](auto& d) { d.source = "other.yaml:9"; }, "", ""}}) {
    DesiredSubscription edited = plain;
    item.edit(edited);
    const auto expected = [](const std::string& text) {
      return text.empty() ? std::vector<std::string>{} : std::vector{text};
    };
    EXPECT_EQ(between(plain, edited), expected(item.there)) << item.what;
    EXPECT_EQ(between(edited, plain), expected(item.back)) << item.what;
  }
}

TEST(KeyChanges, ListsFollowTheReference) {
  DesiredSubscription edited = declared(1, false);
  edited.name = "new";
  edited.owner = "ops";
  edited.mode = Mode::Observe;
  EXPECT_THAT(between(declared(1, true, {evidence(true)}), edited),
              ElementsAre("name: sub-1 -> new", "! plan: on -> off", "promptEvidence: on -> -",
                          "mode: enforce -> observe", "owner: - -> ops"));
}

TEST(KeyChanges, EachItemOfAListCounts) {
  const WallTime until = *parse_rfc3339("2027-01-02T00:00:00Z");
  const AcceptedFinding one{FindingKind::ContentFilterOptedOut, "", "red team", until};
  const AcceptedFinding two{FindingKind::AccountSwitchedOff, "/subscriptions/x", "lab", until};
  DesiredSubscription before = declared(1, true);
  before.accepted = std::vector{one};
  DesiredSubscription after = declared(1, true);
  after.accepted = std::vector{two, one};
  EXPECT_THAT(between(before, after),
              ElementsAre("findings.accept: - -> AccountSwitchedOff of /subscriptions/x until "
                          "2027-01-02T00:00:00.000Z: lab"));
  EXPECT_THAT(between(after, after), IsEmpty());
}

TEST(KeyChanges, WhatIsNewOrGoneHasEveryKey) {
  const DesiredSubscription one = declared(1, false);
  EXPECT_THAT(texts(key_changes(nullptr, &one)),
              ElementsAre("name: - -> sub-1", "! plan: - -> off", "mode: - -> enforce",
                          "unnamedExtensions: - -> leave", "wave: - -> 0"));
  EXPECT_THAT(texts(key_changes(&one, nullptr)),
              ElementsAre("name: sub-1 -> -", "plan: off -> -", "mode: enforce -> -",
                          "unnamedExtensions: leave -> -", "wave: 0 -> -"));
}

TEST(KeyChanges, OfAScopeHaveItsExclusions) {
  Scope before;
  before.name = "prod";
  before.exclude = {subscription_id(1), subscription_id(2)};
  Scope after;
  after.exclude = {subscription_id(2), subscription_id(3)};
  after.declares.plan = true;
  EXPECT_THAT(texts(key_changes(&before, &after)),
              ElementsAre("name: prod -> -", "plan: off -> on", "exclude: " + guid(1) + " -> -",
                          "exclude: - -> " + guid(3)));
}

}  // namespace
}  // namespace defenderd
