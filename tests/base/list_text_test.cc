#include "base/list_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<std::string> entries(std::string_view list, char separator = ',') {
  std::vector<std::string> result;
  while (!list.empty()) result.emplace_back(take_entry(list, separator));
  return result;
}

TEST(ListText, IsTakenEntryByEntry) {
  struct Case {
    std::string_view list;
    std::vector<std::string> entries;
  };
  for (const Case& one :
       {Case{"", {}}, Case{"a", {"a"}}, Case{"a,b", {"a", "b"}}, Case{" a ,\tb ", {"a", "b"}},
        Case{"a b, c", {"a b", "c"}}, Case{"a,,b", {"a", "", "b"}}, Case{",a", {"", "a"}},
        Case{"a,", {"a"}}, Case{",", {""}}, Case{" ", {""}}, Case{"a;b", {"a;b"}}}) {
    EXPECT_THAT(entries(one.list), ElementsAreArray(one.entries)) << '"' << one.list << '"';
  }
  EXPECT_THAT(entries("q=1; v=2,3", ';'), ElementsAre("q=1", "v=2,3"));
}

TEST(ListText, IsJoined) {
  EXPECT_EQ(joined({}), "");
  EXPECT_EQ(joined({"a"}), "a");
  EXPECT_EQ(joined({"a", "b", "c"}), "a, b, c");
}

TEST(ListText, IsJoinedOfWhatItemsSay) {
  EXPECT_EQ(joined(std::set<std::string>{"b", "a"}), "a, b");
  EXPECT_EQ(joined(std::vector{1, 2}, [](int number) { return std::to_string(number); }), "1, 2");
  struct Item {
    std::string_view name;
    [[nodiscard]] std::string twice() const { return std::string(name) + std::string(name); }
  };
  EXPECT_EQ(joined(std::vector<Item>{{"a"}, {"b"}}, &Item::name), "a, b");
  EXPECT_EQ(joined(std::vector<Item>{{"a"}, {"b"}}, &Item::twice), "aa, bb");
}

}  // namespace
}  // namespace defenderd
