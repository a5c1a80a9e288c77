// What a hostile or broken file may cost: each of these ends with an answer, in time and memory
// that follow the size of the text.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "desired/read_desired.h"
#include "desired/report.h"
#include "support/desired_text.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kScale = 20;  // sanitizers are that much slower
#else
constexpr std::size_t kScale = 1;
#endif

std::string repeat(const std::string& text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::vector<Problem> problems_of(std::string text) {
  const auto state = read_desired({{"hostile.yaml", std::move(text)}});
  EXPECT_FALSE(state);
  return state ? std::vector<Problem>{} : state.error();
}

std::string first_of(std::string text) {
  const auto problems = problems_of(std::move(text));
  return problems.empty() ? "" : format(problems[0]);
}

TEST(Large, ReadsTenThousandSubscriptions) {
  constexpr std::size_t kCount = 10'000;
  std::string text = kDesiredHead + "defaults: {plan: on, mode: enforce}\nsubscriptions:\n";
  for (std::size_t i = 0; i < kCount; ++i) {
    text +=
        "  - id: " + guid(i) + "\n    name: s" + std::to_string(i) + "\n    promptEvidence: off\n";
  }
  const auto state = read_desired({{"list.yaml", text}});
  ASSERT_TRUE(state) << format(state.error());
  ASSERT_EQ(state->subscriptions.size(), kCount);
  EXPECT_EQ(state->subscriptions.back()->id.text(), guid(kCount - 1));
  EXPECT_EQ(state->subscriptions.back()->source, "list.yaml:30002");
}

TEST(Hostile, DeepNesting) {
  for (const std::string open : {"[", "{a: ", "- ", "? "}) {
    EXPECT_THAT(first_of(repeat(open, 100'000)), HasSubstr("nested more than 32 levels deep"))
        << open;
  }
}

// What the parser keeps until it knows whether a bracket begins a key.
TEST(Hostile, DenseFlow) {
  const std::string entry = kDesiredHead + "subscriptions:\n  - ";
  for (const std::string& text : {entry + "{extensions: {" + repeat("a: on, ", 100'000) + "}}\n",
                                  entry + "[" + repeat("a,", 100'000) + "]\n",
                                  kDesiredHead + "x: \"" + repeat("a, b: ", 100'000) + "\"\n"}) {
    EXPECT_THAT(first_of(text), HasSubstr("more than 65536 commas, colons and brackets"));
  }
}

TEST(Hostile, ManyAnchors) {
  std::string text = kDesiredHead + "subscriptions:\n";
  for (int i = 0; i < 10'001; ++i) text += "  - &a" + std::to_string(i) + " x\n";
  EXPECT_THAT(first_of(text), HasSubstr("more than 10000 anchors"));
}

TEST(Hostile, ManySubscriptions) {
  std::string text = kDesiredHead + "defaults: {plan: on, mode: enforce}\nsubscriptions:\n";
  for (std::size_t i = 0; i <= 250'000; ++i) text += "- id: " + guid(i) + "\n";
  EXPECT_THAT(first_of(text), HasSubstr("more than 250000 subscriptions in all files"));
}

// Comments are no values: a list may be commented out.
TEST(Large, ReadsBehindAMegabyteOfComments) {
  const auto state = read_desired(
      {{"list.yaml", repeat("# - {id: x, plan: on}\n", 100'000) + kDesiredHead +
                         "subscriptions: [{id: " + guid(1) + ", plan: on, mode: enforce}]\n"}});
  ASSERT_TRUE(state) << format(state.error());
  EXPECT_EQ(state->subscriptions[0]->source, "list.yaml:100003");
}

// As other programs write it, without a line end.
TEST(Large, ReadsJsonOfOneLine) {
  std::string text = R"({"apiVersion": "defenderd/v1", "kind": "DesiredState", "subscriptions": [)";
  for (std::size_t i = 0; i < 50'000 / kScale; ++i) {
    text += R"({"id": ")" + guid(i) + R"(", "plan": true, "mode": "enforce"}, )";
  }
  text += R"({"id": "wrong"}]})";
  const std::size_t column = text.find(R"({"id": "wrong"})") + 1;
  EXPECT_THAT(first_of(text), StartsWith("hostile.yaml:1:" + std::to_string(column) + ": "));
  text.replace(text.find(R"({"id": "wrong"})") - 2, 17, "");
  const auto state = read_desired({{"list.json.yaml", text}});
  ASSERT_TRUE(state) << format(state.error()).substr(0, 500);
  EXPECT_EQ(state->subscriptions.size(), 50'000 / kScale);
}

// A document between brackets is read behind an invisible key.
TEST(Hostile, WhatFollowsABracedDocument) {
  const std::string good =
      "{apiVersion: defenderd/v1, kind: DesiredState, subscriptions: [{id: " + guid(1) +
      ", plan: on, mode: enforce}]}\n";
  for (const std::string before : {"", "# a comment\n\n", "\n  # another\n"}) {
    EXPECT_TRUE(read_desired({{"good.yaml", before + good}})) << before;
    EXPECT_TRUE(read_desired({{"good.yaml", before + good + "# end\n"}})) << before;
    for (const std::string after : {"kind: DesiredState\n", "{}\n", "- a\n", "x\n", ": b\n"}) {
      EXPECT_THAT(first_of(before + good + after), StartsWith("hostile.yaml:")) << before << after;
    }
    EXPECT_THAT(first_of(before + good + "---\n" + good), HasSubstr("a second document")) << before;
  }
  EXPECT_EQ(first_of("{kind: DesiredState}\n"), first_of("kind: DesiredState\n"));
}

TEST(Hostile, AliasBomb) {
  std::string text = kDesiredHead + "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string inner = repeat("*a" + std::to_string(i - 1) + ",", 10);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + inner + "]\n";
  }
  EXPECT_THAT(first_of(text), HasSubstr("more than 100000 values in "));
}

TEST(Hostile, ManyUsesOfALargeAlias) {
  std::string text = kDesiredHead + "x: &x [" + repeat("a,", 10'000) + "]\nsubscriptions:\n";
  EXPECT_THAT(first_of(text + repeat("  - *x\n", 500)), HasSubstr("more than 100000 values in "));
}

TEST(Hostile, HugeScalar) {
  const std::string text =
      kDesiredHead + "subscriptions: " + std::string(6'000'000 / kScale, 'x') + "\n";
  const std::string problem = first_of(text);
  EXPECT_THAT(problem, StartsWith("hostile.yaml:3:16: subscriptions: expected a list"));
  EXPECT_LT(problem.size(), 300U);
}

TEST(Hostile, ManyKeys) {
  constexpr std::size_t kKeys = 200'000 / kScale;
  std::string text = kDesiredHead;
  for (std::size_t i = 0; i < kKeys; ++i) text += "key" + std::to_string(i) + ": 1\n";
  const auto problems = problems_of(text);
  ASSERT_EQ(problems.size(), kMaxProblems + 1);
  const std::string left_out = std::to_string(kKeys + 1 - kMaxProblems);
  EXPECT_EQ(format(problems.back()), "hostile.yaml: and " + left_out +
                                         " more problems that are not shown: correct these first");
}

TEST(Hostile, ManyDuplicates) {
  const std::string entries = repeat("  - id: " + guid(1) + "\n", 20'000);
  const auto problems =
      problems_of(kDesiredHead + "defaults: {plan: on, mode: enforce}\nsubscriptions:\n" + entries);
  EXPECT_EQ(problems.size(), kMaxProblems + 1);
}

TEST(Hostile, ManyFilesWithManyProblems) {
  std::vector<NamedText> files;
  for (int i = 0; i < 10; ++i) {
    files.push_back(
        {std::to_string(i), kDesiredHead + "subscriptions: [" + repeat("1,", 500) + "]\n"});
  }
  const auto state = read_desired(files);
  ASSERT_FALSE(state);
  EXPECT_LT(state.error().size(), kMaxProblems + files.size());
  EXPECT_EQ(format(state.error().back()),
            "9: and 500 more problems that are not shown: correct these first");
}

TEST(Hostile, ManyQuotes) {
  EXPECT_THAT(first_of(kDesiredHead + "subscriptions: [" + std::string(200'001, '\'')),
              HasSubstr("never closed"));
}

TEST(Hostile, ManyNulls) {
  const auto problems =
      problems_of(kDesiredHead + "subscriptions: [" + repeat("{a: },", 30'000 / kScale) + "]\n");
  EXPECT_EQ(problems.size(), kMaxProblems + 1);
}

TEST(Hostile, EveryTruncationOfAGoodFileEnds) {
  const std::string text =
      kDesiredHead + "defaults: {plan: on, mode: enforce}\nsubscriptions:\n  - id: " + guid(1) +
      "\n    name: \"q'\\\"\"\n    suspend: &s {until: 2026-12-24T00:00:00Z, by: 'x'}\n  - id: " +
      guid(2) + "\n    suspend: *s\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto state = read_desired({{"cut.yaml", text.substr(0, size)}});
    if (state) continue;
    EXPECT_FALSE(state.error().empty());
  }
}

}  // namespace
}  // namespace defenderd
