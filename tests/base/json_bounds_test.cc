#include "base/json_bounds.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

TEST(IsShallowJson, CountsNestingOutsideOfTextOnly) {
  EXPECT_TRUE(is_shallow_json(std::string(32, '[')));
  EXPECT_FALSE(is_shallow_json(std::string(33, '[')));
  EXPECT_TRUE(is_shallow_json("\"" + std::string(100, '{') + "\""));
  EXPECT_FALSE(is_shallow_json(R"("a\\")" + std::string(33, '{'))) << "the text ended";
  EXPECT_TRUE(is_shallow_json(R"("a\")" + std::string(33, '{'))) << "the text goes on";
  EXPECT_TRUE(is_shallow_json("[[]]", 4, 2));
  EXPECT_FALSE(is_shallow_json("[[]]", 4, 1));
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "[]";
  EXPECT_TRUE(is_shallow_json(wide));
}

TEST(IsShallowJson, CountsValuesOutsideOfTextOnly) {
  EXPECT_TRUE(is_shallow_json("[1,2,{}]", 4));
  EXPECT_FALSE(is_shallow_json("[1,2,{}]", 3));
  EXPECT_TRUE(is_shallow_json("\"" + std::string(100, ',') + "\"", 0));
}

}  // namespace
}  // namespace defenderd
