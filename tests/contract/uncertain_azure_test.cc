// Where Azure's behaviour is not known for sure, defenderd is right under every reading.

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "support/sim_azure.h"
#include "support/sim_fleet.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Behaviour;
using armsim::UnknownExtension;

struct Switch {
  const char* name;
  std::function<void(Behaviour&)> flip;
};

// Every question that documentation leaves open, answered the other way than the likely one.
const std::vector<Switch>& switches() {
  static const std::vector<Switch> all{
      {"ListNotHonouredWhenSwitching",
       [](Behaviour& b) { b.list_honoured_when_switching = false; }},
      {"NoDefaultsBesideList", [](Behaviour& b) { b.defaults_beside_list = false; }},
      {"ListReplaces", [](Behaviour& b) { b.list_merges = false; }},
      {"OmittedListResets", [](Behaviour& b) { b.omitted_list_keeps = false; }},
      {"EchoesIsEnabled", [](Behaviour& b) { b.normalises_is_enabled = false; }},
      {"BooleanIsEnabled", [](Behaviour& b) { b.boolean_is_enabled = true; }},
      {"FreeShowsExtensions", [](Behaviour& b) { b.free_shows_extensions = true; }},
      {"FailedReadsOff", [](Behaviour& b) { b.failed_reads_as_asked = false; }},
      {"OmittedEnforceResets", [](Behaviour& b) { b.omitted_enforce_resets = true; }},
      {"LowerCaseIds", [](Behaviour& b) { b.lower_case_ids = true; }},
      {"Put201", [](Behaviour& b) { b.put_status = 201; }},
      {"NoLock", [](Behaviour& b) { b.write_cool_down = 0s; }},
      {"LongLock", [](Behaviour& b) { b.write_cool_down = 15s; }},
      {"ReadsLag", [](Behaviour& b) { b.read_lag = 14s; }},
      {"ReadsShowFailures", [](Behaviour& b) { b.get_shows_failures = true; }},
      {"RefusesUnknown", [](Behaviour& b) { b.unknown_extensions = UnknownExtension::Refused; }},
      {"IgnoresUnknown", [](Behaviour& b) { b.unknown_extensions = UnknownExtension::Ignored; }},
      {"PartiallyCovered", [](Behaviour& b) { b.partially_covered = true; }},
      {"Trial", [](Behaviour& b) { b.trial_days = 30; }},
      {"SettingFollowsPlan", [](Behaviour& b) { b.setting_follows_plan = true; }},
      {"CoverageCountsSettings", [](Behaviour& b) { b.coverage_counts_settings = true; }},
      {"AllDefaultsOff",
       [](Behaviour& b) {
         for (armsim::Extension& extension : b.default_extensions) extension.enabled = false;
       }},
      {"AllDefaultsOn",
       [](Behaviour& b) {
         for (armsim::Extension& extension : b.default_extensions) extension.enabled = true;
       }},
  };
  return all;
}

// What a subscription is like before, and what is declared of it.
struct Start {
  const char* name;
  std::function<void(armsim::Subscription&)> before;
  DesiredSubscription desired;
  // Of extensions that the YAML does not name: what must be as before.
  std::vector<std::pair<std::string, bool>> unnamed = {};
  const char* enforce = "False";
};

DesiredSubscription nothing_unnamed(unsigned n) {
  DesiredSubscription desired = declared(n, true, {evidence(true)});
  desired.unnamed_extensions = UnnamedExtensions::Off;
  return desired;
}

std::vector<Start> starts() {
  const auto free = [](armsim::Subscription&) {};
  const auto standard = [](bool evidence_on) {
    return [evidence_on](armsim::Subscription& s) {
      s.plan.on = true;
      s.plan.enforce = "True";
      s.plan.set("AIPromptEvidence", evidence_on);
      s.plan.set("AIPromptSharingWithPurview", false);
      s.plan.extensions.push_back(
          {.name = "NewOne", .enabled = true, .properties = R"({"Cap":"5"})"});
    };
  };
  const std::vector<std::pair<std::string, bool>> kept{{"AIPromptSharingWithPurview", false},
                                                       {"NewOne", true}};
  return {
      {"on from nothing", free, declared(1, true)},
      {"on from nothing, evidence on", free, declared(2, true, {evidence(true)})},
      {"on from nothing, evidence off", free, declared(3, true, {evidence(false)})},
      {"on from nothing, nothing else on", free, nothing_unnamed(4)},
      {"evidence must come on", standard(false), declared(5, true, {evidence(true)}), kept, "True"},
      {"evidence must go off", standard(true), declared(6, true, {evidence(false)}), kept, "True"},
      {"all is well", standard(true), declared(7, true, {evidence(true)}), kept, "True"},
      {"what is not named must go off", standard(true), nothing_unnamed(8), {}, "True"},
      {"off", standard(true), declared(9, false), {}, "True"},
      {"an extension that is new here", standard(true),
       declared(10, true, {{"AIModelScanner", true}, evidence(true)}), kept, "True"},
  };
}

// `as_asked`: a GET shows an extension that failed as it was asked for.
SimAzure::Options reading_failures(bool as_asked) {
  SimAzure::Options options = SimAzure::plain();
  options.simulator.behaviour.failed_reads_as_asked = as_asked;
  return options;
}

class UncertainAzureTest : public testing::Test {
 protected:
  // Everything above at once under one answer to every question.
  void expect_right(const std::vector<const Switch*>& flipped) {
    FakeClock clock;
    SimAzure azure(clock, SimAzure::plain());
    azure.world().set_behaviour([&](Behaviour& behaviour) {
      for (const Switch* const each : flipped) each->flip(behaviour);
    });
    SimFleet fleet(azure.plans(), clock);
    std::vector<DesiredSubscription> desired;
    for (const Start& start : starts()) {
      desired.push_back(start.desired);
      armsim::Subscription subscription;
      subscription.id = start.desired.id.text();
      subscription.ai_accounts = {{.name = "chat", .defender = {.state = "Disabled"}}};
      start.before(subscription);
      azure.world().add(subscription);
    }
    fleet.declare(desired);
    fleet.run(2min);
    for (const Start& start : starts()) {
      SCOPED_TRACE(start.name);
      expect_as_declared(azure, fleet, start);
    }
    const auto writes = azure.world().counters().writes;
    fleet.run(1h);
    EXPECT_EQ(azure.world().counters().writes, writes) << "in sync means: no write";
  }

  static void expect_as_declared(SimAzure& azure, const SimFleet& fleet, const Start& start) {
    const std::string id = start.desired.id.text();
    EXPECT_EQ(fleet.last(start.desired.id).state, State::InSync)
        << fleet.last(start.desired.id).message;
    const armsim::Plan plan = azure.world().plan(id);
    EXPECT_EQ(plan.on, start.desired.plan);
    for (const DesiredExtension& extension : start.desired.extensions)
      EXPECT_EQ(plan.has_on(extension.name), extension.on) << extension.name;
    for (const auto& [name, on] : start.unnamed) EXPECT_EQ(plan.has_on(name), on) << name;
    if (start.desired.unnamed_extensions == UnnamedExtensions::Off) {
      for (const armsim::Extension& extension : plan.extensions)
        EXPECT_EQ(extension.enabled, extension.name == "AIPromptEvidence") << extension.name;
    }
    EXPECT_EQ(plan.enforce, start.enforce);
    if (!start.unnamed.empty()) {
      EXPECT_EQ(plan.find("NewOne")->properties, R"({"Cap":"5"})");
    }
    EXPECT_LE(azure.world().counters(id).writes_applied, 3U);
    EXPECT_LE(azure.world().counters(id).writes, 5U) << "some met the lock of an earlier one";
  }
};

TEST_F(UncertainAzureTest, TheLikelyReading) { expect_right({}); }

class OneSwitchTest : public UncertainAzureTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(OneSwitchTest, FlippedAlone) { expect_right({&switches()[GetParam()]}); }

INSTANTIATE_TEST_SUITE_P(Switches, OneSwitchTest, testing::Range<std::size_t>(0, switches().size()),
                         [](const auto& each) { return std::string(switches()[each.param].name); });

TEST_F(UncertainAzureTest, AnyMixOfReadings) {
  std::mt19937 random(5);
  Tally tally;
  for (int round = 0; round < 8; ++round) {
    std::vector<const Switch*> flipped;
    std::string names;
    for (const Switch& each : switches()) {
      const bool flip = random() % 2 == 1;
      ++tally[std::string(each.name) + (flip ? " flipped" : " as is likely")];
      if (!flip) continue;
      flipped.push_back(&each);
      names += std::string(" ") + each.name;
    }
    SCOPED_TRACE("round " + std::to_string(round) + ":" + names);
    expect_right(flipped);
  }
  for (const Switch& each : switches()) {
    const std::string name = each.name;
    expect_tried(tally, {{name + " flipped", 1}, {name + " as is likely", 1}});
  }
}

TEST_F(UncertainAzureTest, AnExtensionThatFailedIsNotBelievedUntilItWorks) {
  for (const bool reads_as_asked : {true, false}) {
    SCOPED_TRACE(reads_as_asked ? "a GET then shows it on" : "a GET then shows it off");
    FakeClock clock;
    SimAzure azure(clock, reading_failures(reads_as_asked));
    const std::string id = azure.add(1, [](armsim::Subscription& s) {
      s.plan.on = true;
      s.failing_extensions["AIPromptEvidence"] = "the caller may not assign roles";
    });
    SimFleet fleet(azure.plans(), clock);
    fleet.declare({declared(1, true, {evidence(true)})});
    fleet.run(30min);
    EXPECT_EQ(fleet.last().state, State::Failing);
    EXPECT_EQ(fleet.last().reason, Reason::ExtensionFailed);
    EXPECT_NE(fleet.last().message.find("the caller may not assign roles"), std::string::npos);
    EXPECT_NE(
        fleet.last().message.find("let an Owner of the subscription switch this extension on once"),
        std::string::npos);
    azure.world().update(id, [](armsim::Subscription& s) { s.failing_extensions.clear(); });
    fleet.run(30min);
    EXPECT_EQ(fleet.last().state, State::InSync);
    EXPECT_TRUE(azure.world().plan(id).has_on("AIPromptEvidence"));
  }
}

TEST_F(UncertainAzureTest, NeitherIsOneThatFailedToGoOff) {
  for (const bool reads_as_asked : {true, false}) {
    SCOPED_TRACE(reads_as_asked ? "a GET then shows it off" : "a GET then shows it on");
    FakeClock clock;
    SimAzure azure(clock, reading_failures(reads_as_asked));
    const std::string id = azure.add(1, [](armsim::Subscription& s) {
      s.plan.on = true;
      s.plan.set("AIPromptEvidence", true);
      s.failing_disables["AIPromptEvidence"] = "the role is still assigned";
    });
    SimFleet fleet(azure.plans(), clock);
    fleet.declare({declared(1, true, {evidence(false)})});
    fleet.run(0s);
    EXPECT_EQ(fleet.last().reason, Reason::ExtensionFailed);
    EXPECT_NE(fleet.last().message.find("the role is still assigned"), std::string::npos);
    azure.world().update(id, [](armsim::Subscription& s) { s.failing_disables.clear(); });
    fleet.run(30min);
    EXPECT_EQ(fleet.last().state, State::InSync);
    EXPECT_FALSE(azure.world().plan(id).has_on("AIPromptEvidence"));
  }
}

}  // namespace
}  // namespace defenderd
