#include "cli/journal_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace defenderd {
namespace {

const WallTime kNow = *parse_rfc3339("2026-11-27T08:00:00Z");

std::string since(const std::string& text) {
  const auto time = parse_since(text, kNow);
  return time ? format_rfc3339(*time) : time.error().message;
}

TEST(ParseSince, IsADurationATimeOrADate) {
  EXPECT_EQ(since("24h"), "2026-11-26T08:00:00.000Z");
  EXPECT_EQ(since("2026-11-01T10:30:00Z"), "2026-11-01T10:30:00.000Z");
  EXPECT_EQ(since("2026-11-01"), "2026-11-01T00:00:00.000Z");
  EXPECT_EQ(since("yesterday"),
            "--since \"yesterday\": expected a duration like 24h, a time like "
            "2026-12-24T00:00:00Z, or a date like 2026-12-24");
}

TEST(ParseSince, IsInThePast) {
  for (const char* const text : {"0d", "2026-11-27T08:00:00Z", "2099-01-01", "2026-11-28"}) {
    EXPECT_EQ(since(text), "--since \"" + std::string(text) + "\": expected a time in the past");
  }
}

TEST(NoJournal, SaysHowManyLinesItHas) {
  EXPECT_EQ(no_journal_text("tls.crt", 11),
            "tls.crt is not a journal: none of its 11 lines is an entry");
  EXPECT_EQ(no_journal_text("x", 1), "x is not a journal: its line is not an entry");
}

}  // namespace
}  // namespace defenderd
