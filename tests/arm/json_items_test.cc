#include "arm/json_items.h"

#include <gtest/gtest.h>

#include <random>

#include "support/tally.h"

namespace defenderd {
namespace {

// "key=value;" of each item.
std::string items(std::string_view text) {
  std::string result;
  for (JsonItems items(text); items.next();)
    result += std::string(items.raw_key()) + "=" + std::string(items.value()) + ";";
  return result;
}

TEST(JsonItems, GivesEachValueAsItIsWritten) {
  EXPECT_EQ(items(R"({"a":1,"b" : "x,]}\\\"" , "c":[1,{"d":2}],"e":{"f":"}"},"g":null})"),
            R"("a"=1;"b"="x,]}\\\"";"c"=[1,{"d":2}];"e"={"f":"}"};"g"=null;)");
  EXPECT_EQ(items("[ 1.50 ,true,\"\", [] , {} ]"), "=1.50;=true;=\"\";=[];={};");
  for (const char* const none : {"", "{}", "[]", " { } ", "7", "\"a\"", "null"})
    EXPECT_EQ(items(none), "") << none;
}

// Only well-formed text is handed to it, but nothing else may break it.
TEST(JsonItems, ComesToAnEndOnAnyText) {
  std::mt19937 random(5);
  const std::string letters = R"({}[]",:\ 1tn)";
  Tally tally;
  for (int round = 0; round < 20'000; ++round) {
    std::string text(1, random() % 2 == 0 ? '{' : '[');
    for (auto length = random() % 24; length > 0; --length)
      text += letters[random() % letters.size()];
    std::size_t size = 0;
    std::size_t count = 0;
    for (JsonItems items(text); items.next(); ++count) size += items.value().size();
    ASSERT_LE(size, text.size()) << text;
    ++tally[count == 0 ? "no item" : count == 1 ? "one item" : "several items"];
  }
  expect_tried(tally, {{"no item", 500}, {"one item", 500}, {"several items", 500}});
}

}  // namespace
}  // namespace defenderd
