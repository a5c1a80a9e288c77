#include "telemetry/journal.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <utility>

#include "telemetry/journal_folder.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

using samples::corrected;
using samples::declared;
using samples::in_sync;
using samples::withheld;
using testing::ElementsAre;
using testing::HasSubstr;

class JournalTest : public JournalFolder {};

TEST_F(JournalTest, AChangeIsAnIntentAndItsResult) {
  const auto journal = open();
  DesiredSubscription desired = declared(1);
  desired.reason = "as agreed";
  journal->about_to_write(desired, planned());
  EXPECT_EQ(text_of(path_),
            "{\"time\":\"2026-01-01T00:00:00.000Z\",\"result\":\"intent\","
            "\"subscription_id\":\"00000000-0000-4000-8000-000000000001\",\"name\":\"sub-1\","
            "\"field\":\"promptEvidence\",\"from\":\"off\",\"to\":\"on\","
            "\"declared_reason\":\"as agreed\",\"desired_hash\":\"abcdef0123456789\","
            "\"version\":\"1.2.3\"}\n")
      << "on the disk before the write";
  Outcome outcome = corrected(1);
  outcome.changes[0].trace.correlation_id = "correlation-1";
  journal->record(outcome);
  EXPECT_THAT(text_of(path_),
              HasSubstr("\"result\":\"applied\",\"subscription_id\":\"00000000-0000-4000-8000-"
                        "000000000001\",\"name\":\"sub-1\",\"field\":\"promptEvidence\",\"from\":"
                        "\"off\",\"to\":\"on\",\"request_id\":\"request-1\",\"correlation_id\":"
                        "\"correlation-1\",\"desired_hash\":\"abcdef0123456789\""));
  EXPECT_THAT(read(), ElementsAre("applied promptEvidence off->on"));
}

TEST_F(JournalTest, TheFileIsForItsOwnerAlone) {
  const auto journal = open();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(JournalTest, WithheldIsToldWhenItBeginsAndWhenItsReasonChanges) {
  const auto journal = open();
  for (int poll = 0; poll < 3; ++poll) journal->record(withheld(1, Reason::FleetNotObserved));
  for (int poll = 0; poll < 3; ++poll) journal->record(withheld(1, Reason::DisableBrake));
  journal->record(samples::failed(1, Reason::Timeout, 0));  // saw nothing
  journal->record(withheld(1, Reason::DisableBrake));
  ASSERT_EQ(read().size(), 2U);
  EXPECT_EQ(lines_[0].reason, "FleetNotObserved");
  EXPECT_EQ(lines_[1].reason, "DisableBrake");
  EXPECT_EQ(lines_[1].message, "waits for a person");
  journal->record(in_sync(1));
  journal->record(withheld(1, Reason::DisableBrake));
  ASSERT_EQ(read().size(), 4U) << "it ended, and began again";
  EXPECT_EQ(lines_[2].result, "ended");
  EXPECT_EQ(lines_[2].message, "as declared again, without a write of defenderd");
}

TEST_F(JournalTest, AWaitForTheFleetHasALineOnlyIfItLasts) {
  const auto journal = open();
  journal->record(withheld(1, Reason::FleetNotObserved));
  journal->record(in_sync(1));
  EXPECT_EQ(read().size(), 0U);
  journal->record(withheld(2, Reason::FleetNotObserved));
  journal->record(withheld(2, Reason::DisableBrake));
  journal->record(withheld(2, Reason::FleetNotObserved));  // after another edit
  journal->record(withheld(2, Reason::DisableBrake));
  ASSERT_EQ(read().size(), 1U);
  EXPECT_EQ(lines_[0].reason, "DisableBrake");
  const Outcome found = withheld(3, Reason::FleetNotObserved);
  const Drift& drift = found.changes[0].drift;
  journal->record(found, {{drift, clock_.wall_now(), clock_.wall_now()}});
  ASSERT_EQ(read().size(), 2U) << "a drift begins with it";
  EXPECT_EQ(lines_[1].reason, "FleetNotObserved");
}

TEST_F(JournalTest, ARestartDoesNotRepeatWhatIsWithheld) {
  {
    const auto journal = open();
    journal->record(withheld(1, Reason::ObserveMode));
    journal->record(withheld(2, Reason::ObserveMode));
    journal->record(corrected(2));  // it ended
    journal->record(withheld(3, Reason::DisableBrake));
  }
  const auto journal = open();
  for (int poll = 0; poll < 2; ++poll) {
    journal->record(withheld(1, Reason::ObserveMode));
    journal->record(withheld(2, Reason::ObserveMode));
    journal->record(withheld(3, Reason::ObserveMode));
  }
  ASSERT_EQ(read().size(), 6U);
  EXPECT_EQ(lines_[4].subscription_id, subscription_id(2).text()) << "it began again";
  EXPECT_EQ(lines_[5].subscription_id, subscription_id(3).text()) << "for another reason";
}

TEST_F(JournalTest, AnIntentThatIsWithheldAtTheLastMomentHasAResult) {
  {
    const auto journal = open();
    journal->record(withheld(1, Reason::DisableBrake));
    journal->about_to_write(declared(1), planned());
    journal->record(withheld(1, Reason::DisableBrake));
    EXPECT_EQ(read().size(), 2U) << "though the reason is the one that is known";
  }
  const auto journal = open();
  journal->record(in_sync(1));
  ASSERT_EQ(read().size(), 3U) << "and nothing was cut off";
  EXPECT_EQ(lines_[2].result, "ended");
}

TEST_F(JournalTest, EachFailedWriteIsALineThatSaysWhenItMayHaveTaken) {
  const auto journal = open();
  for (int i = 0; i < 2; ++i) {
    journal->about_to_write(declared(1), planned());
    journal->record(failed_write(1));
  }
  ASSERT_THAT(read(),
              ElementsAre("failed promptEvidence off->on", "failed promptEvidence off->on"));
  EXPECT_EQ(lines_[0].reason, "Timeout");
  EXPECT_EQ(lines_[0].message, "no answer");
  EXPECT_TRUE(lines_[0].maybe_applied);
}

TEST_F(JournalTest, ARunOfAPersonSaysWhoHasLetItThrough) {
  Journal::Options options;
  options.file.path = path_;
  options.by = "alice";
  const auto journal = Journal::open(std::move(options), clock_, log_);
  ASSERT_TRUE(journal);
  (*journal)->about_to_write(declared(1), planned());
  (*journal)->record(corrected(1));
  (*journal)->record(failed_write(2));
  (*journal)->record(withheld(3, Reason::DisableBrake));
  ASSERT_EQ(read().size(), 3U);
  for (const JournalLine& line : lines_)
    EXPECT_EQ(line.by, line.result == "withheld" ? "" : "alice") << line.result;
}

TEST_F(JournalTest, WhatLetAChangeThroughIsNamed) {
  const auto journal = open();
  DesiredState desired;
  desired.hash = "0123456789abcdef";
  desired.commit = "4f2c9d1";
  journal->set_desired(desired);
  journal->record(withheld(1, Reason::Frozen));
  std::vector<Change> changes = planned();
  for (Change& change : changes) change.confirmed = "3f2a91bc";
  journal->about_to_write(declared(1), changes);
  Outcome outcome = corrected(1);
  for (Change& change : outcome.changes) change.confirmed = "3f2a91bc";
  journal->record(outcome);
  journal->record(
      Journal::Event{.result = "confirmed", .message = "2 changes", .confirmed = "3f2a91bc"});
  std::vector<std::string> seen;
  static_cast<void>(each_journal_line(path_, 1U << 20U, [&](const JournalLine& line) {
    seen.push_back(line.result + " " + line.was_withheld + " " + line.confirmed + " " +
                   line.commit);
  }));
  EXPECT_THAT(seen, ElementsAre("withheld   4f2c9d1", "intent Frozen 3f2a91bc 4f2c9d1",
                                "applied Frozen 3f2a91bc 4f2c9d1", "confirmed  3f2a91bc "));
}

TEST_F(JournalTest, WhyAChangeWasWithheldIsSaidOfTheNextWriteOnly) {
  const auto journal = open();
  journal->record(withheld(1, Reason::Frozen));
  journal->about_to_write(declared(1), planned());  // and ends without a result
  journal->about_to_write(declared(1), planned());
  journal->record(corrected(1));
  ASSERT_FALSE(read().empty());
  EXPECT_EQ(lines_.back().result, "applied");
  EXPECT_EQ(lines_.back().was_withheld, "");
}

TEST_F(JournalTest, WhatIsInSyncOrOnlyReadLeavesNothing) {
  const auto journal = open();
  journal->record(in_sync(1));
  journal->record(samples::failed(2, Reason::Forbidden, 403));
  journal->about_to_write(declared(1), {});
  EXPECT_EQ(text_of(path_), "");
}

TEST_F(JournalTest, TextsFromOutsideCannotForgeALine) {
  const auto journal = open();
  Outcome outcome = corrected(1);
  outcome.desired.name = "a\"}\n{\"result\":\"applied\"";
  outcome.changes[0].message = std::string(100'000, '"');
  journal->record(outcome);
  const std::string text = text_of(path_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_LT(text.size(), kMaxJournalLine);
  EXPECT_EQ(read().size(), 1U);
}

struct CutOffCase {
  std::string what;
  bool arm_did_it;
  std::string result;
};

void PrintTo(const CutOffCase& one, std::ostream* out) { *out << one.what; }

class CutOffTest : public JournalFolder, public testing::WithParamInterface<CutOffCase> {};

TEST_P(CutOffTest, TheNextRunSaysWhatBecameOfIt) {
  open()->about_to_write(declared(1), planned());
  EXPECT_THAT(read(), ElementsAre("unknown promptEvidence off->on"));
  EXPECT_THAT(lines_[0].message, HasSubstr("check the next line"));

  const auto journal = open();
  journal->record(in_sync(2));
  EXPECT_EQ(read().size(), 1U) << "another subscription says nothing of it";
  Outcome outcome = in_sync(1);
  outcome.observed = samples::pricing(true, GetParam().arm_did_it);
  journal->record(outcome);
  EXPECT_THAT(read(), ElementsAre(GetParam().result + " promptEvidence off->on"));
  EXPECT_THAT(lines_[0].message, HasSubstr("2026-01-01T00:00:00.000Z"));
  journal->record(outcome);
  EXPECT_EQ(read().size(), 1U) << "once";
}

INSTANTIATE_TEST_SUITE_P(Cases, CutOffTest,
                         testing::Values(CutOffCase{"ARM took it", true, "applied"},
                                         CutOffCase{"ARM did not", false, "failed"}));

// An earlier write of the same change was given up, and its record survived in the state.
TEST_F(JournalTest, AWriteThatWasCutOffAndIsConfirmedIsRecordedOnce) {
  open()->about_to_write(declared(1), planned());
  const auto journal = open();
  Outcome outcome = in_sync(1);
  outcome.observed = samples::pricing(true, true);
  outcome.changes = planned();
  outcome.changes[0].result = ChangeResult::Applied;
  journal->record(outcome);
  EXPECT_THAT(read(), ElementsAre("applied promptEvidence off->on"));
}

TEST_F(JournalTest, AnIntentThatARotationMovedIsSettledAllTheSame) {
  open()->about_to_write(declared(1), planned());
  std::filesystem::rename(path_, path_ + ".1");
  open()->record(corrected(2));
  const auto journal = open();
  journal->record(in_sync(1));
  EXPECT_THAT(read(),
              ElementsAre("applied promptEvidence off->on", "applied promptEvidence off->on"));
  EXPECT_EQ(lines_.back().name, "sub-1");
}

TEST_F(JournalTest, AWriteThatIsBegunAgainSaysThatTheFirstWasNotDone) {
  open()->about_to_write(declared(1), planned());
  const auto journal = open();
  journal->about_to_write(declared(1), planned());
  journal->record(corrected(1));
  EXPECT_THAT(read(),
              ElementsAre("failed promptEvidence off->on", "applied promptEvidence off->on"));
}

TEST_F(JournalTest, AFileThatIsMovedOrRemovedIsBegunAnew) {
  const auto journal = open();
  journal->record(corrected(1));
  std::filesystem::rename(path_, path_ + ".elsewhere");
  journal->record(corrected(2));
  EXPECT_EQ(read().size(), 1U);
  std::filesystem::remove(path_);
  journal->record(corrected(3));
  EXPECT_EQ(read().size(), 1U);
  EXPECT_EQ(write_errors_, 0);
}

TEST_F(JournalTest, TwoDaemonsCannotShareOne) {
  const auto journal = open();
  const auto second = Journal::open({{path_}}, clock_, log_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use by another defenderd"));
}

TEST_F(JournalTest, OnlyARegularFileIsAJournal) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const auto pipe = Journal::open({{path_}}, clock_, log_);
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().message, "cannot write the journal " + path_ +
                                      ": it is a named pipe; journal.file must be a regular file, "
                                      "or \"-\" for standard output");
  for (const auto& [path, kind] : {std::pair{"/dev/null", "a device"}, {"/tmp", "a directory"}}) {
    const auto refused = Journal::open({{path}}, clock_, log_);
    ASSERT_FALSE(refused) << path;
    EXPECT_THAT(refused.error().message, HasSubstr(kind));
  }
}

TEST_F(JournalTest, APipeInItsPlaceIsAFailureThatLosesNothing) {
  const auto journal = open();
  journal->record(corrected(1));
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  for (int n = 2; n <= 3; ++n) journal->record(corrected(n));
  EXPECT_EQ(write_errors_, 2);
  EXPECT_THAT(logged_, HasSubstr("it is a named pipe"));
  const auto reading = read_journal(path_, {}, [](const JournalLine&) {});
  ASSERT_FALSE(reading) << "a reader does not wait for a writer";
  EXPECT_THAT(reading.error().message, HasSubstr("regular file"));
  std::filesystem::remove(path_);
  journal->record(corrected(4));
  read();
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(lines_.front().name, "sub-2");
}

TEST_F(JournalTest, APathThatCannotBeOpenedIsAnErrorAtStart) {
  const auto missing = Journal::open({{folder_ + "/no/such/journal"}}, clock_, log_);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("No such file or directory"));
  EXPECT_THAT(missing.error().message, HasSubstr("journal.file must be"));
  EXPECT_FALSE(Journal::open({{folder_}}, clock_, log_)) << "a folder";
}

// No file may grow beyond so much, as on a full disk.
class DiskLimit {
 public:
  explicit DiskLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  DiskLimit(const DiskLimit&) = delete;
  DiskLimit& operator=(const DiskLimit&) = delete;
  ~DiskLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(JournalTest, AFullDiskIsToldOnceAndCounted) {
  const auto journal = open();
  const DiskLimit full(0);
  for (int n = 1; n <= 3; ++n) journal->record(corrected(n));
  EXPECT_EQ(write_errors_, 3);
  EXPECT_EQ(std::count(logged_.begin(), logged_.end(), '\n'), 1) << logged_;
  EXPECT_THAT(logged_, HasSubstr("cannot write the journal " + path_ + ": File too large"));
}

TEST_F(JournalTest, WhatDidNotFitIsWrittenOnceThereIsRoom) {
  const auto journal = open();
  journal->record(corrected(1));
  const std::string before = text_of(path_);
  {
    const DiskLimit full(before.size() + 100);  // room for half a line
    for (int n = 2; n <= 4; ++n) journal->record(corrected(n));
    EXPECT_EQ(text_of(path_), before) << "no half line stays";
  }
  EXPECT_EQ(write_errors_, 3);
  journal->record(corrected(5));
  ASSERT_EQ(read().size(), 5U);
  for (int n = 1; n <= 5; ++n) {
    EXPECT_EQ(lines_[static_cast<std::size_t>(n) - 1].name, "sub-" + std::to_string(n));
  }
  EXPECT_EQ(unreadable_, 0U);
  EXPECT_THAT(logged_, HasSubstr("nothing is missing"));
}

TEST_F(JournalTest, WhatIsLostIsToldByAGap) {
  const auto journal = open();
  constexpr int kMany = 6000;
  {
    const DiskLimit full(10);
    for (int n = 1; n <= kMany; ++n) journal->record(corrected(1));
  }
  journal->record(corrected(2));
  const std::vector<std::string> shown = read();
  const auto gap = std::find(shown.begin(), shown.end(), "gap  ->");
  ASSERT_NE(gap, shown.end());
  const auto at = static_cast<std::size_t>(gap - shown.begin());
  const std::size_t lost = kMany + 2 - shown.size();  // all but what is there beside the gap
  EXPECT_EQ(lines_[at].message, std::to_string(lost) + " lines could not be written and are lost");
  EXPECT_EQ(lines_.back().name, "sub-2") << "the last lines are after the gap";
  EXPECT_EQ(std::count(shown.begin(), shown.end(), "gap  ->"), 1);
  EXPECT_THAT(logged_, HasSubstr(std::to_string(lost) + " lines are lost"));
}

}  // namespace
}  // namespace defenderd
