#include "telemetry/section_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string text_of(const std::vector<std::string>& names) {
  return list_text(names,
                   [](JsonWriter& json, const std::string& name) { json.member("name", name); });
}

Result<std::vector<std::string>> parse(std::string_view text) {
  return parse_list<std::string>(
      text, [](const SectionNode& item) { return item["name"].text(); }, "its data about names");
}

TEST(SectionList, IsReadAsItWasWritten) {
  EXPECT_EQ(text_of({}), "[]");
  EXPECT_EQ(text_of({"a", "b"}), R"([{"name":"a"},{"name":"b"}])");
  EXPECT_THAT(*parse(text_of({})), IsEmpty());
  EXPECT_THAT(*parse(text_of({"a", "b"})), ElementsAre("a", "b"));
}

TEST(SectionList, IsRejectedAsAWholeAndNamed) {
  for (const char* const text :
       {"", "[", "{}", R"("a")", "[1]", R"([{"name":"a"},{}])", R"([{"name":1}])"}) {
    const auto names = parse(text);
    ASSERT_FALSE(names) << text;
    EXPECT_EQ(names.error().message, "its data about names cannot be parsed");
  }
}

}  // namespace
}  // namespace defenderd
