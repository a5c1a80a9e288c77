#pragma once
// What a test over random cases has tried. A property that holds for a thousand cases shows nothing
// if none of them was of the kind that could break it.

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>

namespace defenderd {

using Tally = std::map<std::string, std::size_t>;

inline void expect_tried(const Tally& tally, const Tally& at_least) {
  for (const auto& [what, least] : at_least) {
    const auto found = tally.find(what);
    EXPECT_GE(found == tally.end() ? 0 : found->second, least) << "too little is tried: " << what;
  }
}

}  // namespace defenderd
