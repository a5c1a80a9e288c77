#include "arm/asked_resource.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

const AskedResource& asked() {
  static const AskedResource resource("/subscriptions/a/providers/P/things/B", "B", "P/things");
  return resource;
}

std::string mismatch(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document) << json;
  return document ? asked().mismatch(document->root()) : "no JSON";
}

std::string outside(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document) << json;
  return document ? not_below(document->root(), "/subscriptions/a/things") : "no JSON";
}

constexpr const char* kAbout = "the answer is not about the requested resource: ";

TEST(AskedResource, IsThatOfTheAnswerOrNot) {
  for (const char* const json :
       {"{}", "[]", "7", R"({"id":null,"name":null,"type":null})",
        R"({"id":"/Subscriptions/A/providers/p/things/b","name":"b","TYPE":"p/Things"})",
        R"({"identity":"x","properties":{"id":"/other"}})"})
    EXPECT_EQ(mismatch(json), "") << json;
  EXPECT_EQ(mismatch(R"({"id":"/subscriptions/a/providers/P/things/C"})"),
            std::string(kAbout) +
                "its id is '/subscriptions/a/providers/P/things/C' instead of "
                "'/subscriptions/a/providers/P/things/B'");
  EXPECT_EQ(mismatch(R"({"name":"B","Name":"C"})"),
            std::string(kAbout) + "its name is 'C' instead of 'B'")
      << "every spelling counts";
  EXPECT_EQ(mismatch(R"({"type":7})"),
            std::string(kAbout) + "its type is 'no text' instead of 'P/things'");
}

TEST(AskedResource, OnlyWhatIsGivenIsCompared) {
  const auto document = JsonDocument::parse(R"({"id":"/X","name":"any","type":"any"})");
  EXPECT_EQ(AskedResource("/x").mismatch(document->root()), "");
}

TEST(AskedResource, ItemsOfAListAreBelowIt) {
  for (const char* const json :
       {"{}", "7", R"({"id":null})", R"({"name":"/other"})",
        R"({"id":"/SUBSCRIPTIONS/a/Things/b"})", R"({"id":"/subscriptions/a/things/b/parts/c"})"})
    EXPECT_EQ(outside(json), "") << json;
  for (const char* const id :
       {"", "/", "/subscriptions/a/things", "/subscriptions/a/things/",
        "/subscriptions/a/thingsb/c", "/subscriptions/b/things/c", "x/subscriptions/a/things/c"}) {
    EXPECT_EQ(outside(R"({"id":")" + std::string(id) + "\"}"),
              std::string(kAbout) + "the id of an item is '" + id +
                  "', which is not below '/subscriptions/a/things'");
  }
}

}  // namespace
}  // namespace defenderd
