#include "base/list_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace defenderd
