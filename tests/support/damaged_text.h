#pragma once
// A text that a parser must take wholly or not at all, damaged in one place after the other.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace defenderd {

// Each pair is a part of the good text, and what stands there instead: the whole is rejected.
template <class Parse>
void expect_rejects_each(const std::string& good,
                         const std::vector<std::pair<std::string, std::string>>& replacements,
                         const Parse& parse) {
  for (const auto& [from, to] : replacements) {
    std::string bad = good;
    const std::size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.replace(at, from.size(), to);
    EXPECT_FALSE(parse(bad)) << bad;
  }
}

}  // namespace defenderd
