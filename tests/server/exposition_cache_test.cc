#include "server/exposition_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace defenderd {
namespace {

class ExpositionCacheTest : public testing::Test {
 protected:
  std::atomic<int> made_ = 0;
  SteadyTime now_;
  ExpositionCache cache_{[this](ExpositionFormat format, const TextSink& sink) {
                           const int n = ++made_;
                           sink(format == ExpositionFormat::Prometheus ? "text " : "open ");
                           sink(std::to_string(n));
                         },
                         [this] { return now_; }};
};

TEST_F(ExpositionCacheTest, IsMadeOnceASecondForAllWhoAsk) {
  const auto first = cache_.get(ExpositionFormat::Prometheus, false);
  EXPECT_EQ(first->text(), "text 1");
  now_ += ExpositionCache::kFresh - std::chrono::milliseconds(1);
  EXPECT_EQ(cache_.get(ExpositionFormat::Prometheus, false), first);
  EXPECT_EQ(made_, 1);
  now_ += std::chrono::milliseconds(1);
  EXPECT_EQ(cache_.get(ExpositionFormat::Prometheus, false)->text(), "text 2");
  EXPECT_EQ(first->text(), "text 1") << "who sends it still has it";
}

TEST_F(ExpositionCacheTest, FormatsAreApartAndGzipIsOfThePlainTextThatIsThere) {
  EXPECT_EQ(cache_.get(ExpositionFormat::OpenMetrics, false)->text(), "open 1");
  EXPECT_EQ(cache_.get(ExpositionFormat::Prometheus, false)->text(), "text 2");
  const auto packed = cache_.get(ExpositionFormat::Prometheus, true);
  EXPECT_EQ(made_, 2);
  EXPECT_NE(packed->text(), "text 2");
  EXPECT_EQ(cache_.get(ExpositionFormat::Prometheus, true), packed);
}

TEST_F(ExpositionCacheTest, LetsGoOfWhatIsOldWhenNobodyAsks) {
  const std::weak_ptr<const Pieces> text = cache_.get(ExpositionFormat::Prometheus, false);
  cache_.rest();
  EXPECT_FALSE(text.expired());
  now_ += ExpositionCache::kFresh;
  cache_.rest();
  EXPECT_TRUE(text.expired());
}

TEST_F(ExpositionCacheTest, ThoseWhoComeWhileItIsMadeGetIt) {
  std::latch begin(8);
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 8; ++i) {
    scrapers.emplace_back([&] {
      begin.arrive_and_wait();
      EXPECT_EQ(cache_.get(ExpositionFormat::Prometheus, false)->text(), "text 1");
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  EXPECT_EQ(made_, 1);
}

}  // namespace
}  // namespace defenderd
