#pragma once
// What every closed set of words must hold: each value has a word, no two share one, and the word
// is fit for a label.

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace defenderd {

template <class Values>
void expect_distinct_words(const Values& values, std::string_view allowed) {
  std::set<std::string_view> words;
  for (const auto value : values) {
    const std::string_view word = to_text(value);
    EXPECT_FALSE(word.empty()) << "value " << static_cast<int>(value);
    EXPECT_EQ(word.find_first_not_of(allowed), std::string_view::npos) << word;
    EXPECT_TRUE(words.insert(word).second) << "two values are called " << word;
  }
}

inline constexpr std::string_view kSnakeCase = "abcdefghijklmnopqrstuvwxyz_";
inline constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

}  // namespace defenderd
