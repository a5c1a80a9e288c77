#include "telemetry/state_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

const WallTime kSaved = *parse_rfc3339("2026-01-01T10:00:00Z");

TEST(StateDocument, IsOneReadableObjectAndIsReadBack) {
  const StateDocument document{kSaved, {{"a", R"({"x":[1,"two"]})"}, {"b\"c", "null"}}};
  const std::string text = format(document);
  EXPECT_EQ(text,
            "{\"version\":1,\"saved\":\"2026-01-01T10:00:00.000Z\",\"sections\":{\n"
            "\"a\":{\"x\":[1,\"two\"]},\n\"b\\\"c\":null}}\n");
  const auto read = parse_state_document(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, document);
}

struct BadDocument {
  std::string what;
  std::string text;
  std::string why;
};

TEST(StateDocument, WhatIsNoneIsAnErrorThatSaysWhy) {
  const std::string rest = R"("saved":"2026-01-01T10:00:00Z","sections":{}})";
  for (const BadDocument& item : std::vector<BadDocument>{
           {"empty", "", "not a JSON object"},
           {"torn", R"({"version":1,"saved":"2026-)", "not a JSON object"},
           {"another kind", "[1]", "not a JSON object"},
           {"a journal", "{\"time\":\"x\"}\n{\"time\":\"y\"}\n", "not a JSON object"},
           {"of a later version", R"({"version":2,)" + rest, "it has version 2, but this"},
           {"of no version", "{" + rest, "it has no version"},
           {"a version in words", R"({"version":"1",)" + rest, "it has no version"},
           {"no time", R"({"version":1,"sections":{}})", "when it was saved"},
           {"no sections", R"({"version":1,"saved":"2026-01-01T10:00:00Z"})", "no sections"},
           {"too deep",
            R"({"version":1,"saved":"2026-01-01T10:00:00Z","sections":{"a":)" +
                std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}}",
            "nests deeper than 16 levels"}}) {
    const auto read = parse_state_document(item.text);
    ASSERT_FALSE(read) << item.what;
    EXPECT_THAT(read.error().message, HasSubstr(item.why)) << item.what;
  }
}

std::string with_section(const std::string& section) {
  return R"({"version":1,"saved":"2026-01-01T10:00:00Z","sections":{"a":)" + section + "}}";
}

std::string list_of(std::string_view item, std::size_t count) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : ",") += item;
  return text + "]";
}

// As many values as may be are read in time: what takes the square of that takes hours.
TEST(StateDocument, TimeAndMemoryAreBoundedByTheNumberOfValues) {
  const std::size_t half = kMaxStateValues / 2;  // each has a brace and a comma
  const auto most = parse_state_document(with_section(list_of("{}", half - 9)));
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_EQ(most->sections.at("a").size(), 3 * (half - 9) + 1);
  for (const std::string& more : {list_of("{}", half + 1), list_of("0", kMaxStateValues + 1)}) {
    const auto refused = parse_state_document(with_section(more));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("more than 3000000 values"));
  }
}

}  // namespace
}  // namespace defenderd
