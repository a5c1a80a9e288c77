#pragma once
// A journal in a fresh folder, with a clock and a log that a test can look at.

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "telemetry/journal.h"
#include "telemetry/journal_reader.h"
#include "telemetry/samples.h"

namespace defenderd {

class JournalFolder : public testing::Test {
 protected:
  JournalFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "journal-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    path_ = folder_ + "/journal.jsonl";
  }
  ~JournalFolder() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<Journal> open(std::uint64_t max_bytes = kJournalMaxBytes) {
    auto journal = Journal::open(
        {{path_, max_bytes, kJournalKeep}, "1.2.3", [this] { ++write_errors_; }}, clock_, log_);
    if (!journal) throw std::runtime_error(journal.error().message);
    (*journal)->set_desired(samples::state_of({samples::declared(1)}));
    return *std::move(journal);
  }

  static std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void append(const std::string& text) const {
    std::ofstream(path_, std::ios::binary | std::ios::app) << text;
  }
  // What the reader shows, each as "result field from->to".
  std::vector<std::string> read(const JournalQuery& query = {}) {
    std::vector<std::string> shown;
    lines_.clear();
    const auto reading = read_journal(path_, query, [&](const JournalLine& line) {
      shown.push_back(line.result + " " + line.field + " " + line.from + "->" + line.to);
      lines_.push_back(line);
    });
    EXPECT_TRUE(reading) << (reading ? "" : reading.error().message);
    if (reading) unreadable_ = reading->unreadable;
    return shown;
  }

  static std::vector<Change> planned() { return {{samples::evidence_drift()}}; }
  static Outcome failed_write(int n) {
    Outcome outcome = samples::in_sync(n);
    outcome.result = ReconcileResult::Failed;
    outcome.observed = samples::pricing(true, false);
    Change change{samples::evidence_drift(), ChangeResult::Failed, Reason::Timeout, "no answer"};
    outcome.changes = {change};
    outcome.drift_left = {change.drift};
    Failure failure;
    failure.reason = Reason::Timeout;
    failure.maybe_applied = true;
    outcome.failure = failure;
    return outcome;
  }

  std::string folder_;
  std::string path_;
  FakeClock clock_;
  std::string logged_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { logged_ += std::string(line) + "\n"; }};
  int write_errors_ = 0;
  std::vector<JournalLine> lines_;
  std::size_t unreadable_ = 0;
};

}  // namespace defenderd
