#include "net/json_document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace defenderd {
namespace {

JsonDocument parsed(const std::string& text, JsonLimits limits = {}) {
  auto document = JsonDocument::parse(text, limits);
  EXPECT_TRUE(document) << document.error().message;
  return *std::move(document);
}

std::string problem(const std::string& text, JsonLimits limits = {}) {
  const auto document = JsonDocument::parse(text, limits);
  return document ? "" : document.error().message;
}

TEST(JsonDocument, ReadsEachKindOfValue) {
  const std::string text =
      R"({"text":"a\u00e4\n\ud83d\ude00","empty":"","yes":true,"no":false,"null":null,"n":-7,"f":1.5,)"
      R"("large":18446744073709551615,"list":[1,"b",[]],"object":{"a":{"b":"c"}}})";
  const JsonDocument document = parsed(text);
  const JsonValue root = document.root();
  EXPECT_EQ(document.source(), text);
  EXPECT_TRUE(root.is_object());
  EXPECT_EQ(root.member("text").text(), "a\xC3\xA4\n\xF0\x9F\x98\x80");
  EXPECT_EQ(root.member("empty").text(), "");
  EXPECT_EQ(root.member("yes").boolean(), true);
  EXPECT_EQ(root.member("no").boolean(), false);
  EXPECT_TRUE(root.member("null").is_null());
  EXPECT_EQ(root.member("n").integer(), -7);
  EXPECT_EQ(root.member("f").integer(), std::nullopt);
  EXPECT_EQ(root.member("large").integer(), std::nullopt);
  ASSERT_TRUE(root.member("list").is_list());
  const auto items = root.member("list").items();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].integer(), 1);
  EXPECT_EQ(items[1].text(), "b");
  EXPECT_EQ(root.member("object").member("a").text_of("b"), "c");
}

TEST(JsonDocument, OfAValueOfAnotherKindThereIsNothing) {
  const std::string text = R"({"n":1,"t":"x"})";
  const JsonDocument document = parsed(text);
  const JsonValue root = document.root();
  for (const JsonValue& value :
       {JsonValue(), root.member("missing"), root.member("n").member("n")}) {
    EXPECT_TRUE(value.is_none());
    EXPECT_FALSE(value.is_null() || value.is_object() || value.is_list());
    EXPECT_EQ(value.text(), std::nullopt);
    EXPECT_EQ(value.boolean(), std::nullopt);
    EXPECT_EQ(value.integer(), std::nullopt);
    EXPECT_TRUE(value.items().empty() && value.members().empty());
    EXPECT_EQ(value.text_of("t"), "");
  }
  EXPECT_FALSE(root.member("n").is_none());
  EXPECT_EQ(root.member("n").text(), std::nullopt);
  EXPECT_EQ(root.member("t").integer(), std::nullopt);
  EXPECT_EQ(root.text_of("n"), "");
  EXPECT_TRUE(root.items().empty());
}

TEST(JsonDocument, OfEqualNamesTheLastCountsAndAllAreMembers) {
  const std::string text = R"({"a":1,"b":2,"a":3,"A":4,"\u0061":5})";
  const JsonDocument document = parsed(text);
  EXPECT_EQ(document.root().member("a").integer(), 5);
  std::string names;
  for (const JsonMember& member : document.root().members()) names += member.name;
  EXPECT_EQ(names, "abaAa");
}

TEST(JsonDocument, PassesOverAByteOrderMark) {
  EXPECT_EQ(parsed("\xEF\xBB\xBF[1]").source(), "[1]");
  EXPECT_EQ(problem("\xEF\xBB\xBF"), "the answer is not JSON, or was cut off");
  EXPECT_EQ(problem("\xEF\xBB\xBF\xEF\xBB\xBF[1]"), "the answer is not JSON, or was cut off");
}

TEST(JsonDocument, RefusesWhatIsNotJson) {
  for (const char* const text : {"", " ", "{", "[1", "{}x", "[1,]", "<html>", "nul", "/**/1"}) {
    EXPECT_EQ(problem(text), "the answer is not JSON, or was cut off") << text;
  }
  for (const char* const text : {"[1e400]", "[01]"})
    EXPECT_EQ(problem(text), "the answer's JSON has a number that cannot be read") << text;
  for (const char* const text : {"[\"\xFF\"]", R"(["\x"])"})
    EXPECT_EQ(problem(text), "the answer's JSON has a text that is not valid UTF-8") << text;
}

TEST(JsonDocument, ReadsHalfACharacterAsTheReplacementCharacter) {
  const std::string half = "\xEF\xBF\xBD";
  for (const auto& [escaped, read] : std::vector<std::pair<std::string, std::string>>{
           {R"(cut \ud83d)", "cut " + half},
           {R"(\ud83d)", half},
           {R"(\uDE00 x)", half + " x"},
           {R"(\ud83d\ud83d\ude00)", half + "\xF0\x9F\x98\x80"},
           {R"(\ud83d\u0041)", half + "A"},
           {R"(\\ud83d \ud83d)", "\\ud83d " + half},
       }) {
    const std::string text = R"({"a":")" + escaped + R"(","b":[1]})";
    const JsonDocument document = parsed(text);
    EXPECT_EQ(document.root().text_of("a"), read) << text;
    EXPECT_EQ(document.source(), text) << "what is passed on stays as it was written";
    EXPECT_NE(problem(text, {.whole_characters = true}), "");
  }
}

// A small text and a large one, which is checked before the parser sees it.
TEST(JsonDocument, BoundsDepth) {
  for (const std::size_t size : {10UL, 100'000UL}) {
    const std::string text = '"' + std::string(size, 'x') + '"';
    const auto nested = [&](std::size_t levels) {
      return std::string(levels, '[') + text + std::string(levels, ']');
    };
    for (const bool keep : {false, true, true}) {
      EXPECT_EQ(problem(nested(32), {.keep_memory = keep}), "");
      EXPECT_NE(problem(nested(33), {.keep_memory = keep}).find("nests too deep"),
                std::string::npos);
    }
  }
  EXPECT_NE(problem(std::string(1UL << 19U, '[')).find("nests too deep"), std::string::npos);
}

TEST(JsonDocument, BoundsSizeAndValues) {
  EXPECT_EQ(problem("[" + std::string(2046, ' ') + "]", {.bytes = 2048}), "");
  EXPECT_EQ(problem("[" + std::string(2047, ' ') + "]", {.bytes = 2048}),
            "the answer is larger than 2 KiB");
  std::string many = "[1";
  for (int i = 0; i < 60'000; ++i) many += ",1";
  many += "]";
  EXPECT_NE(problem(many).find("too many values"), std::string::npos);
  EXPECT_EQ(problem(many, {.values = 100'000}), "");
}

TEST(JsonDocument, TwoSmallOnesOfAThreadDoNotShareMemory) {
  const JsonLimits keep{.keep_memory = true};
  for (int round = 0; round < 3; ++round) {
    const JsonDocument first = parsed(R"(["first"])", keep);
    const JsonDocument second = parsed(R"(["second"])", keep);
    EXPECT_EQ(first.root().items().at(0).text(), "first");
    EXPECT_EQ(second.root().items().at(0).text(), "second");
  }
}

TEST(JsonDocument, LargeOnesWaitForEachOther) {
  const std::string text = '"' + std::string(100'000, 'x') + '"';
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&text] {
      for (int round = 0; round < 20; ++round)
        EXPECT_EQ(parsed(text).root().text().value_or("").size(), 100'000U);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ShownText, IsPrintableAndBounded) {
  const std::string text = R"({"a":"x\ny","b":7,"c":")" + std::string(5000, 'c') + "\"}";
  const JsonDocument document = parsed(text);
  EXPECT_EQ(shown_text(document.root(), "a"), "x y");
  EXPECT_EQ(shown_text(document.root(), "b"), "");
  EXPECT_LE(shown_text(document.root(), "c").size(), 1027U);
}

}  // namespace
}  // namespace defenderd
