#include "desired/corpus.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

std::string name_of(const testing::TestParamInfo<CorpusCase>& info) { return info.param.name; }

class BadFile : public testing::TestWithParam<CorpusCase> {};
class GoodFile : public testing::TestWithParam<CorpusCase> {};

TEST_P(BadFile, GivesEveryProblemAtItsPlace) {
  EXPECT_NE(GetParam().expected, "") << "the .expected file is missing";
  EXPECT_EQ(problems_of(GetParam()), GetParam().expected);
}

TEST_P(GoodFile, IsAccepted) { EXPECT_EQ(problems_of(GetParam()), ""); }

INSTANTIATE_TEST_SUITE_P(Corpus, BadFile, testing::ValuesIn(read_corpus("bad")), name_of);
INSTANTIATE_TEST_SUITE_P(Corpus, GoodFile, testing::ValuesIn(read_corpus("good")), name_of);

TEST(Corpus, IsAsLargeAsPromised) {
  EXPECT_GE(read_corpus("bad").size(), 60U);
  EXPECT_GE(read_corpus("good").size(), 15U);
}

}  // namespace
}  // namespace defenderd
