#include "core/diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

const Field kPlan = Field::plan(kDeclaredPlan);
const Field kEvidence = Field::extension(kDeclaredPlan, std::string(kPromptEvidence));
const Field kScanner = Field::extension(kDeclaredPlan, std::string(kModelScanner));

DesiredSubscription desired(bool plan, std::vector<DesiredExtension> extensions = {},
                            UnnamedExtensions unnamed = UnnamedExtensions::Leave) {
  DesiredSubscription result;
  result.plan = plan;
  result.extensions = std::move(extensions);
  result.unnamed_extensions = unnamed;
  return result;
}

Pricing observed(std::string tier, std::vector<Extension> extensions = {}) {
  Pricing result;
  result.tier = parse_tier(tier);
  result.tier_text = std::move(tier);
  result.extensions = std::move(extensions);
  return result;
}

struct DiffCase {
  const char* description;
  DesiredSubscription desired;
  Pricing observed;
  std::vector<Drift> drifts;
};

TEST(Diff, FindsWhatDiffers) {
  const std::vector<DiffCase> cases{
      {"on as declared",
       desired(true, {{"AIPromptEvidence", true}}),
       observed("Standard", {{"AIPromptEvidence", true}}),
       {}},
      {"off as declared", desired(false), observed("Free"), {}},
      {"plan off", desired(true), observed("Free"), {{kPlan, true, "off"}}},
      {"plan on", desired(false), observed("Standard"), {{kPlan, false, "on"}}},
      {"tier in another case", desired(true), observed("STANDARD"), {}},
      {"tier that is not known, wanted on",
       desired(true),
       observed("Premium"),
       {{kPlan, true, "Premium"}}},
      {"tier that is not known, wanted off",
       desired(false),
       observed("Premium"),
       {{kPlan, false, "Premium"}}},
      {"evidence off",
       desired(true, {{"AIPromptEvidence", true}}),
       observed("Standard", {{"AIPromptEvidence", false}}),
       {{kEvidence, true, "off"}}},
      {"evidence on",
       desired(true, {{"AIPromptEvidence", false}}),
       observed("Standard", {{"AIPromptEvidence", true}}),
       {{kEvidence, false, "on"}}},
      {"evidence that ARM does not show is off",
       desired(true, {{"AIPromptEvidence", true}}),
       observed("Standard"),
       {{kEvidence, true, "off"}}},
      {"off and not shown are the same",
       desired(true, {{"AIPromptEvidence", false}}),
       observed("Standard"),
       {}},
      {"extension named in another case",
       desired(true, {{"aipromptevidence", true}}),
       observed("Standard", {{"AIPromptEvidence", true}}),
       {}},
      {"value that makes no sense, wanted on",
       desired(true, {{"AIPromptEvidence", true}}),
       observed("Standard", {{"AIPromptEvidence", std::nullopt, "Maybe"}}),
       {{kEvidence, true, "Maybe"}}},
      {"value that makes no sense, wanted off",
       desired(true, {{"AIPromptEvidence", false}}),
       observed("Standard", {{"AIPromptEvidence", std::nullopt, "Maybe"}}),
       {{kEvidence, false, "Maybe"}}},
      {"plan and extensions, the plan first",
       desired(true, {{"AIPromptEvidence", true}, {"AIModelScanner", true}}),
       observed("Free"),
       {{kPlan, true, "off"}, {kScanner, true, "off"}, {kEvidence, true, "off"}}},
      {"extensions are moot with the plan off",
       desired(false, {{"AIPromptEvidence", true}}),
       observed("Free", {{"AIPromptEvidence", false}}),
       {}},
      {"unnamed extension, left",
       desired(true),
       observed("Standard", {{"AIModelScanner", true}}),
       {}},
      {"unnamed extension, kept off",
       desired(true, {}, UnnamedExtensions::Off),
       observed("Standard", {{"AIModelScanner", true}}),
       {{kScanner, false, "on"}}},
      {"unnamed extension that is off already",
       desired(true, {}, UnnamedExtensions::Off),
       observed("Standard", {{"AIModelScanner", false}}),
       {}},
      {"named extensions are not unnamed in another case",
       desired(true, {{"aimodelscanner", true}}, UnnamedExtensions::Off),
       observed("Standard", {{"AIModelScanner", true}}),
       {}},
      {"extension that is not known yet",
       desired(true, {{"AIFuture", true}}),
       observed("Standard"),
       {{Field::extension(kDeclaredPlan, "AIFuture"), true, "off"}}},
  };
  for (const DiffCase& c : cases) EXPECT_EQ(diff(c.desired, c.observed), c.drifts) << c.description;
}

TEST(WithChanges, OffIsFreeWithoutExtensionsAndSubPlan) {
  Pricing found = observed("Standard", {{"AIPromptEvidence", true}, {"AIFuture", true}});
  found.sub_plan = "P2";
  found.enforce = "False";
  found.extra_json = R"({"future":1})";
  const DesiredSubscription wish = desired(false);
  const Pricing written = with_changes(wish, found, diff(wish, found));
  Pricing expected = observed("Free");
  expected.enforce = "False";
  expected.extra_json = R"({"future":1})";
  EXPECT_EQ(written, expected);
}

TEST(WithChanges, SwitchingOnNamesEveryExtensionOfTheYaml) {
  const DesiredSubscription wish =
      desired(true, {{"AIModelScanner", false}, {"AIPromptEvidence", true}});
  const Pricing written = with_changes(wish, observed("Free"), diff(wish, observed("Free")));
  EXPECT_EQ(written.tier, Tier::Standard);
  EXPECT_EQ(written.tier_text, "Standard");
  ASSERT_EQ(written.extensions.size(), 2U);
  EXPECT_EQ(written.find(kPromptEvidence)->enabled, true);
  EXPECT_EQ(written.find(kModelScanner)->enabled, false)
      << "what stays off is named too, or the service may switch it on";
}

std::string names(const Pricing& pricing) {
  std::string result;
  for (const Extension& extension : pricing.extensions)
    result += extension.name + (extension.enabled == true ? "=on " : "=off ");
  return result;
}

TEST(WithChanges, SwitchingOnWithNothingElseOnNamesEveryKnownExtension) {
  const DesiredSubscription wish =
      desired(true, {{"AIPromptEvidence", true}}, UnnamedExtensions::Off);
  const Pricing found = observed("Free");
  const auto drifts = diff(wish, found);
  EXPECT_EQ(names(with_changes(wish, found, drifts)),
            "AIPromptEvidence=on AIPromptSharingWithPurview=off AIModelScanner=off ");
  EXPECT_EQ(names(with_changes(wish, found, drifts, {.known = {"AISeen", "aipromptevidence"}})),
            "AIPromptEvidence=on AIPromptSharingWithPurview=off AIModelScanner=off AISeen=off ");
  EXPECT_EQ(names(with_changes(wish, observed("Standard"), {{kEvidence, true, "off"}},
                               {.known = {"AISeen"}})),
            "AIPromptEvidence=on ")
      << "only where the service would choose";
  DesiredSubscription leaves = wish;
  leaves.unnamed_extensions = UnnamedExtensions::Leave;
  EXPECT_EQ(names(with_changes(leaves, found, drifts, {.known = {"AISeen"}})),
            "AIPromptEvidence=on ");
}

TEST(WithChanges, SwitchingOnNamesOffWhatIsWithheld) {
  const DesiredSubscription wish = desired(true, {{"AIPromptEvidence", true}});
  EXPECT_EQ(names(with_changes(wish, observed("Free"), {{kPlan, true, "off"}})),
            "AIPromptEvidence=off ");
}

TEST(WithChanges, WhatIsLeftOutStaysAsFound) {
  const DesiredSubscription wish =
      desired(true, {{"AIModelScanner", true}, {"AIPromptEvidence", true}}, UnnamedExtensions::Off);
  const Pricing off = observed("Free");
  EXPECT_EQ(names(with_changes(wish, off, diff(wish, off),
                               {.left_out = {"aimodelscanner", "AIPromptSharingWithPurview"}})),
            "AIPromptEvidence=on ");
  const Pricing on = observed("Standard", {{"AIModelScanner", false}});
  EXPECT_EQ(names(with_changes(wish, on, diff(wish, on), {.left_out = {"AIModelScanner"}})),
            "AIModelScanner=off AIPromptEvidence=on ");
}

TEST(WithChanges, CarriesAlongWhatItDoesNotOwn) {
  const Pricing found = observed(
      "Standard",
      {{"AIFuture", std::nullopt, "Sometimes", R"({"additionalExtensionProperties":{"a":1}})"},
       {"AIPromptEvidence", false, "", R"({"additionalExtensionProperties":{"b":2}})"}});
  const DesiredSubscription wish = desired(true, {{"AIPromptEvidence", true}});
  Pricing expected = found;
  expected.extensions[1].enabled = true;
  EXPECT_EQ(with_changes(wish, found, diff(wish, found)), expected);
}

TEST(WithChanges, KeepsTheNameAsArmSpellsIt) {
  const Pricing found = observed("Standard", {{"AIPromptEvidence", false}});
  const DesiredSubscription wish = desired(true, {{"aipromptevidence", true}});
  const Pricing written = with_changes(wish, found, diff(wish, found));
  ASSERT_EQ(written.extensions.size(), 1U);
  EXPECT_EQ(written.extensions[0], (Extension{"AIPromptEvidence", true}));
}

TEST(WithChanges, ReplacesAValueThatMadeNoSense) {
  const Pricing found = observed("Standard", {{"AIPromptEvidence", std::nullopt, "Maybe"}});
  const DesiredSubscription wish = desired(true, {{"AIPromptEvidence", true}});
  const Pricing written = with_changes(wish, found, diff(wish, found));
  EXPECT_EQ(written.extensions[0], (Extension{"AIPromptEvidence", true}));
}

TEST(WithChanges, WritesOnlyTheDriftsItIsGiven) {
  const Pricing found = observed("Standard", {{"AIPromptEvidence", false}});
  const DesiredSubscription wish =
      desired(true, {{"AIModelScanner", true}, {"AIPromptEvidence", true}});
  const Pricing written = with_changes(wish, found, {{kScanner, true, "off"}});
  EXPECT_EQ(written.find(kModelScanner)->enabled, true);
  EXPECT_EQ(written.find(kPromptEvidence)->enabled, false);
}

TEST(Field, IsNamedByTheWordOfTheYaml) {
  EXPECT_EQ(kPlan.text(), "plan");
  EXPECT_EQ(kPlan.label(), "plan");
  EXPECT_EQ(kEvidence.text(), "promptEvidence");
  EXPECT_EQ(Field::extension(kDeclaredPlan, "AIPROMPTEVIDENCE").text(), "promptEvidence");
  EXPECT_EQ(Field::extension(kDeclaredPlan, "AIFuture").text(), "AIFuture");
  EXPECT_EQ(Field::extension(kDeclaredPlan, "AIFuture").label(), "other")
      << "labels are a closed set";
}

TEST(Field, IsReadFromItsText) {
  for (const Field& field :
       {kPlan, kEvidence, kScanner, Field::extension(kDeclaredPlan, "AIFuture")}) {
    EXPECT_EQ(Field::parse(kDeclaredPlan, field.text()), field) << field.text();
  }
}

TEST(Field, EveryLabelIsInTheClosedSet) {
  std::vector<std::string_view> labels{kPlan.label(),
                                       Field::extension(kDeclaredPlan, "AIFuture").label()};
  for (const ExtensionWord& word : entry_of(kDeclaredPlan).extensions) {
    labels.push_back(Field::extension(kDeclaredPlan, std::string(word.arm)).label());
  }
  std::vector<std::string_view> expected = field_labels();
  std::sort(labels.begin(), labels.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(labels, expected);
}

TEST(ObservedText, SaysWhatArmShows) {
  EXPECT_EQ(observed_text(observed("Standard"), kPlan), "on");
  EXPECT_EQ(observed_text(observed("free"), kPlan), "off");
  EXPECT_EQ(observed_text(observed("Premium"), kPlan), "Premium");
  EXPECT_EQ(observed_text(observed("Standard", {{"AIPromptEvidence", true}}), kEvidence), "on");
  EXPECT_EQ(observed_text(observed("Standard"), kEvidence), "off");
  EXPECT_EQ(
      observed_text(observed("Standard", {{"AIPromptEvidence", std::nullopt, "Maybe"}}), kEvidence),
      "Maybe");
}

}  // namespace
}  // namespace defenderd
