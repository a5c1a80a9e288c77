#include "telemetry/history.h"

#include <gmock/gmock.h>

#include "support/builders.h"
#include "telemetry/journal_folder.h"

namespace defenderd {
namespace {

using samples::corrected;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

JournalLine line(int n, std::string result, std::string message = {}) {
  JournalLine line;
  line.time = "2026-01-01T00:00:00.000Z";
  line.result = std::move(result);
  line.subscription_id = subscription_id(n).text();
  line.field = "plan";
  line.message = std::move(message);
  return line;
}

std::vector<std::string> messages(const History& history, int n) {
  std::vector<std::string> result;
  for (const JournalLine& line : history.of(subscription_id(n))) result.push_back(line.message);
  return result;
}

TEST(HistoryTest, TheNewestOfASubscriptionComeFirstAndTheOldestGo) {
  History history;
  EXPECT_THAT(messages(history, 1), IsEmpty());
  for (std::size_t i = 0; i < kHistoryLines + 5; ++i) {
    history.record(line(1, "applied", std::to_string(i)));
  }
  history.record(line(2, "withheld", "other"));
  const std::vector<std::string> shown = messages(history, 1);
  ASSERT_EQ(shown.size(), kHistoryLines);
  EXPECT_EQ(shown.front(), std::to_string(kHistoryLines + 4));
  EXPECT_EQ(shown.back(), "5");
  EXPECT_THAT(messages(history, 2), ElementsAre("other"));
}

TEST(HistoryTest, KeepsWhatTheDetailsTell) {
  JournalLine full = line(1, "failed", "why");
  full.name = "chat";
  full.from = "off";
  full.to = "on";
  full.reason = "Timeout";
  full.maybe_applied = true;
  full.request_id = "r";
  full.correlation_id = "c";
  full.client_request_id = "q";
  full.version = "1.2.3";
  History history;
  history.record(full);
  full.subscription_id = full.name = full.version = "";
  EXPECT_THAT(history.of(subscription_id(1)), ElementsAre(full));
}

// The oldest go first, whosever they are, and no subscription is left with a line that went.
TEST(HistoryTest, MemoryIsBoundedOverAllSubscriptions) {
  constexpr std::size_t kBytes = 10'000;
  History history(kBytes);
  for (int n = 1; n <= 1000; ++n) history.record(line(n, "applied", std::string(100, 'x')));
  std::size_t kept = 0;
  bool gone_before = true;
  for (int n = 1; n <= 1000; ++n) {
    const bool there = !history.of(subscription_id(n)).empty();
    EXPECT_TRUE(there || gone_before) << n << " went before an older one";
    gone_before = !there;
    kept += there ? 1 : 0;
  }
  EXPECT_GT(kept, 10U);
  EXPECT_LT(kept * 100, kBytes);
  history.record(line(1, "applied", "again"));
  EXPECT_THAT(messages(history, 1), ElementsAre("again"));
}

TEST(HistoryTest, AResultTakesThePlaceOfTheUnknown) {
  History history;
  JournalLine evidence = line(1, std::string(kUnknownResult), "evidence");
  evidence.field = "promptEvidence";
  history.record(evidence);
  history.record(line(1, std::string(kUnknownResult), "plan"));
  history.record(line(1, "withheld", "no result"));
  history.record(line(2, "applied", "another's"));
  EXPECT_THAT(messages(history, 1), ElementsAre("no result", "plan", "evidence"));
  history.record(line(1, "failed", "settled"));
  EXPECT_THAT(messages(history, 1), ElementsAre("settled", "no result", "evidence"));
}

TEST(HistoryTest, LinesOfNoSubscriptionArePassedOver) {
  History history;
  JournalLine gap;
  gap.time = "2026-01-01T00:00:00.000Z";
  gap.result = "gap";
  history.record(gap);
  EXPECT_THAT(messages(history, 1), IsEmpty());
}

class JournalTellsTest : public JournalFolder {
 protected:
  std::unique_ptr<Journal> telling(const std::string& path) {
    Journal::Options options;
    options.file.path = path;
    options.on_line = [this](const JournalLine& line) { history_.record(line); };
    auto journal = Journal::open(std::move(options), clock_, log_);
    if (!journal) throw std::runtime_error(journal.error().message);
    return *std::move(journal);
  }
  [[nodiscard]] std::vector<std::string> told(int n) const {
    std::vector<std::string> result;
    for (const JournalLine& line : history_.of(subscription_id(n))) {
      result.push_back(line.result + " " + line.field);
    }
    return result;
  }
  History history_;
};

TEST_F(JournalTellsTest, WithoutAFileToo) {
  const auto journal = telling("");
  journal->about_to_write(samples::declared(1), planned());
  journal->record(corrected(1));
  journal->record(samples::withheld(1, Reason::DisableBrake));
  journal->record(samples::withheld(1, Reason::DisableBrake));
  EXPECT_THAT(told(1), ElementsAre("withheld promptEvidence", "applied promptEvidence"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(JournalTellsTest, WhatTheFileHoldsIsRecalledAndSettled) {
  open()->record(corrected(1));
  open()->about_to_write(samples::declared(1), planned());
  ASSERT_TRUE(read_journal(path_, {}, [&](const JournalLine& line) { history_.record(line); }));
  EXPECT_THAT(told(1), ElementsAre("unknown promptEvidence", "applied promptEvidence"));
  const auto journal = telling(path_);
  journal->record(samples::in_sync(1));
  EXPECT_THAT(told(1), ElementsAre("applied promptEvidence", "applied promptEvidence"));
  EXPECT_THAT(history_.of(subscription_id(1)).front().message,
              HasSubstr("ended before ARM's answer"));
}

// Each read is a file opened on a thread of its own, which the sanitizers make slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kStride = 31;
#else
constexpr std::uint64_t kStride = 1;
#endif

TEST_F(JournalTellsTest, OnlyTheEndOfALongJournalIsReadAcrossItsFiles) {
  constexpr std::uint64_t kLimit = 2000;
  {
    const auto journal = open(kLimit);
    for (int n = 1; n <= 12; ++n) journal->record(corrected(n));
  }
  ASSERT_TRUE(std::filesystem::exists(path_ + ".1"));
  JournalQuery query;
  std::size_t before = 0;
  for (std::uint64_t bytes = 0; bytes < 4 * kLimit; bytes += kStride) {
    query.last_bytes = bytes;
    const std::size_t count = read(query).size();
    ASSERT_EQ(unreadable_, 0U) << "no half line at " << bytes;
    ASSERT_GE(count, before);
    ASSERT_LE(count - before, 1U) << "at " << bytes;
    ASSERT_TRUE(count == 0 || lines_.back().name == "sub-12");
    before = count;
  }
  EXPECT_EQ(before, 12U);
  query.last_bytes = std::filesystem::file_size(path_);
  EXPECT_LT(read(query).size(), 12U);
  EXPECT_GT(read(query).size(), 0U);
}

}  // namespace
}  // namespace defenderd
