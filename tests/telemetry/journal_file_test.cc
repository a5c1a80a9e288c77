// What becomes of the file: torn lines, rotation, and reading it back.

#include "telemetry/journal_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time_text.h"
#include "support/builders.h"
#include "support/other_users.h"
#include "telemetry/journal_folder.h"

namespace defenderd {
namespace {

using samples::corrected;
using testing::ElementsAre;
using testing::HasSubstr;

class JournalFileTest : public JournalFolder {
 protected:
  static std::string numbered(const std::string& path, int number) {
    return path + "." + std::to_string(number);
  }
};

TEST_F(JournalFileTest, ATornLineIsSetAsideAtStart) {
  open()->record(corrected(1));
  const std::string good = text_of(path_);
  append(R"({"time":"2026-01-01T00:00:00.000Z","resu)");
  EXPECT_THAT(read(), ElementsAre("applied promptEvidence off->on"));
  EXPECT_EQ(unreadable_, 1U);

  const auto journal = open();
  EXPECT_EQ(text_of(path_), good);
  EXPECT_EQ(text_of(path_ + ".torn"), "{\"time\":\"2026-01-01T00:00:00.000Z\",\"resu\n");
  EXPECT_THAT(logged_, HasSubstr("was incomplete: its 40 bytes were moved to " + path_ + ".torn"));
  journal->record(corrected(2));
  EXPECT_EQ(read().size(), 2U);
  EXPECT_EQ(unreadable_, 0U);
}

// However little of the last line came to the disk, the lines before it are there.
TEST_F(JournalFileTest, WhereverItIsTornTheRestReadsBack) {
  {
    const auto journal = open();
    for (int n = 1; n <= 3; ++n) journal->record(corrected(n));
  }
  const std::string whole = text_of(path_);
  const std::size_t third = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = third; size < whole.size(); ++size) {
    std::filesystem::remove(path_);
    append(whole.substr(0, size));
    static_cast<void>(open());
    ASSERT_EQ(text_of(path_), whole.substr(0, third)) << "torn at " << size;
  }
}

TEST_F(JournalFileTest, OneThatRootCreatesBelongsToTheOwnerOfItsFolder) {
  if (!can_be_another_user()) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t kOther = 54321;
  const std::string folder = std::filesystem::path(path_).parent_path();
  ASSERT_EQ(chown(folder.c_str(), kOther, kOther), 0);
  open()->record(corrected(1));
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kOther);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(JournalFileTest, OnlyATornLineLeavesAnEmptyJournal) {
  append("{\"tim");
  static_cast<void>(open());
  EXPECT_EQ(text_of(path_), "");
}

TEST_F(JournalFileTest, WhatIsNoJournalIsLeftAlone) {
  append(std::string((1U << 20U) + 1, 'x'));
  const auto refused = JournalFile::open({path_});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("so it is not a journal"));
  EXPECT_EQ(std::filesystem::file_size(path_), (1U << 20U) + 1);
}

TEST_F(JournalFileTest, RotatesBySizeAndReadsAllOfItBackInOrder) {
  constexpr std::uint64_t kLimit = 2000;
  const auto journal = open(kLimit);
  int written = 0;
  const auto is_full = [&] { return std::filesystem::exists(numbered(path_, 3)); };
  while (!is_full() && written < 1000) journal->record(corrected(++written));
  ASSERT_TRUE(is_full()) << "a thousand changes are more than four files";
  for (int number = 1; number <= 3; ++number) {
    EXPECT_LE(std::filesystem::file_size(numbered(path_, number)), kLimit);
  }
  ASSERT_EQ(read().size(), static_cast<std::size_t>(written)) << "nothing was lost so far";
  for (int n = 1; n <= written; ++n) {
    EXPECT_EQ(lines_[static_cast<std::size_t>(n) - 1].name, "sub-" + std::to_string(n));
  }
  for (int more = written; more > 0; --more) journal->record(corrected(++written));
  EXPECT_FALSE(std::filesystem::exists(numbered(path_, 4))) << "the oldest goes";
  read();
  EXPECT_EQ(lines_.back().name, "sub-" + std::to_string(written));
  EXPECT_EQ(write_errors_, 0);
}

TEST_F(JournalFileTest, AnIntentAndItsResultFindEachOtherAcrossARotation) {
  const auto journal = open(300);
  journal->about_to_write(samples::declared(1), planned());
  journal->record(corrected(1));
  ASSERT_TRUE(std::filesystem::exists(numbered(path_, 1)));
  EXPECT_THAT(read(), ElementsAre("applied promptEvidence off->on"));
}

TEST_F(JournalFileTest, WhereItCannotRotateItGrows) {
  const auto journal = open(300);
  for (int number = 1; number <= 3; ++number) {
    std::filesystem::create_directories(numbered(path_, number) + "/not/empty");
  }
  for (int n = 1; n <= 3; ++n) journal->record(corrected(n));
  const std::string text = text_of(path_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(write_errors_, 0);
  EXPECT_THAT(logged_, HasSubstr("cannot rotate"));
}

TEST_F(JournalFileTest, AsksForATimeAndASubscription) {
  const auto journal = open();
  journal->record(corrected(1));
  clock_.advance(std::chrono::hours(1));
  journal->record(corrected(2));
  journal->record(corrected(1));
  EXPECT_EQ(read().size(), 3U);
  EXPECT_EQ(read({clock_.wall_now(), {}}).size(), 2U);
  EXPECT_EQ(read({{}, subscription_id(1)}).size(), 2U);
  EXPECT_EQ(read({clock_.wall_now(), subscription_id(1)}).size(), 1U);
  EXPECT_EQ(read({clock_.wall_now() + std::chrono::seconds(1), {}}).size(), 0U);
}

struct ForeignCase {
  std::string what;
  std::string text;
  std::size_t unreadable;
};

void PrintTo(const ForeignCase& one, std::ostream* out) { *out << one.what; }

class ForeignTest : public JournalFolder, public testing::WithParamInterface<ForeignCase> {};

TEST_P(ForeignTest, LinesOfSomethingElseArePassedOver) {
  append(GetParam().text);
  append(format(JournalLine{.time = "2026-01-01T00:00:00.000Z", .result = "applied"}));
  EXPECT_EQ(read().size(), 1U) << GetParam().what;
  EXPECT_EQ(unreadable_, GetParam().unreadable) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ForeignTest,
    testing::Values(ForeignCase{"empty lines", "\n\n", 2}, ForeignCase{"no JSON", "hello\n", 1},
                    ForeignCase{"an array", "[1,2]\n", 1},
                    ForeignCase{"half an object", "{\"a\n", 1},
                    ForeignCase{"no result", "{\"time\":\"x\"}\n", 1},
                    ForeignCase{"a number for a text", "{\"time\":1,\"result\":2}\n", 1},
                    ForeignCase{"brackets without end", std::string(60'000, '[') + "\n", 1},
                    ForeignCase{"a line of a megabyte", std::string(1U << 20U, 'x') + "\n", 1},
                    ForeignCase{"not UTF-8", "\xff\xfe\n", 1},
                    ForeignCase{"NUL", std::string("\0\0\n", 3), 1}));

TEST_F(JournalFileTest, ReadingWhatIsNotThereIsAnError) {
  const auto missing = read_journal(path_, {}, [](const JournalLine&) {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "there is no journal " + path_);
  EXPECT_FALSE(read_journal(folder_, {}, [](const JournalLine&) {}));
}

TEST(JournalLineTest, ReadsBackWhatItWrites) {
  JournalLine line;
  line.time = "2026-01-01T00:00:00.000Z";
  line.result = "failed";
  line.subscription_id = "id";
  line.name = "quoted \"name\" \\ \xC3\xA9";
  line.field = "plan";
  line.from = "on";
  line.to = "off";
  line.reason = "Timeout";
  line.message = "why";
  line.declared_reason = "sandbox";
  line.maybe_applied = true;
  line.request_id = "r";
  line.correlation_id = "c";
  line.client_request_id = "q";
  line.desired_hash = "h";
  line.version = "v";
  EXPECT_EQ(parse_journal_line(format(line)), line);
}

}  // namespace
}  // namespace defenderd
