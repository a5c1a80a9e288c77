// A disk that hangs, and a standard output that nobody reads.

#include "telemetry/journal_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/test_pipe.h"
#include "telemetry/journal.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kShort = std::chrono::milliseconds(20);
constexpr Duration kLong = std::chrono::minutes(1);

// A disk that answers when the test says so.
class Disk {
 public:
  JournalWriter::Append append() {
    return [this](std::string_view lines, Duration /*patience*/) -> JournalFile::Appended {
      std::unique_lock lock(mutex_);
      ++calls_;
      changed_.notify_all();
      EXPECT_TRUE(changed_.wait_for(lock, kEventually, [&] { return !hangs_; }))
          << "the test left the disk hanging";
      if (fails_) return {0, Unexpected(Error{"no disk"})};
      text_ += lines;
      changed_.notify_all();
      return {lines.size()};
    };
  }
  void set_hanging(bool hangs) {
    const std::scoped_lock lock(mutex_);
    hangs_ = hangs;
    changed_.notify_all();
  }
  void set_failing(bool fails) {
    const std::scoped_lock lock(mutex_);
    fails_ = fails;
  }
  bool wait_for_calls(int calls) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLong, [&] { return calls_ >= calls; });
  }
  std::string text() {
    const std::scoped_lock lock(mutex_);
    return text_;
  }
  // Waits until that was written.
  std::string text_with(const std::string& end) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLong, [&] { return text_.find(end) != std::string::npos; });
    return text_;
  }
  int calls() {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
  bool fails_ = false;
  int calls_ = 0;
  std::string text_;
};

class JournalWriterTest : public testing::Test {
 protected:
  JournalWriter::Options options(Duration patience) {
    return {"/journal", "1.2.3", [this] { ++write_errors_; }, patience};
  }
  std::string logged() {
    const std::scoped_lock lock(mutex_);
    return logged_;
  }

  FakeClock clock_;
  std::mutex mutex_;
  std::string logged_;  // guarded by mutex_
  Logger log_{LogLevel::Info, LogFormat::Text, clock_, [this](std::string_view line) {
                const std::scoped_lock lock(mutex_);
                logged_ += std::string(line) + "\n";
              }};
  std::atomic<int> write_errors_ = 0;
  Disk disk_;
};

TEST_F(JournalWriterTest, ALineIsOnTheDiskWhenWriteReturns) {
  JournalWriter writer(disk_.append(), options(kLong), clock_, log_);
  writer.write("one\n");
  EXPECT_EQ(disk_.text(), "one\n");
  writer.write("two\nthree\n");
  EXPECT_EQ(disk_.text(), "one\ntwo\nthree\n");
  EXPECT_EQ(write_errors_, 0);
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(JournalWriterTest, ADiskThatHangsHoldsUpOneCallForTheDeadlineAndNoOtherAtAll) {
  disk_.set_hanging(true);
  {
    JournalWriter writer(disk_.append(), options(kShort), clock_, log_);
    writer.write("0\n");
    const SystemClock time;
    const SteadyTime start = time.steady_now();
    std::string all = "0\n";
    for (int n = 1; n <= 1000; ++n) {
      writer.write(std::to_string(n) + "\n");
      all += std::to_string(n) + "\n";
    }
    EXPECT_LT(time.steady_now() - start, std::chrono::seconds(10))
        << "a thousand deadlines are 20 s";
    EXPECT_EQ(write_errors_, 1001);
    EXPECT_THAT(logged(), HasSubstr("cannot write the journal /journal: its disk does not answer"));
    disk_.set_hanging(false);
    writer.write("1001\n");
    EXPECT_EQ(disk_.text_with("1001\n"), all + "1001\n") << "in order, and nothing is missing";
  }
  EXPECT_THAT(logged(), HasSubstr("can be written again; nothing is missing"));
  const std::string text = logged();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

TEST_F(JournalWriterTest, CallsThatWaitShareOneTripToTheDisk) {
  disk_.set_hanging(true);
  JournalWriter writer(disk_.append(), options(kLong), clock_, log_);
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { writer.write("first\n"); });
  ASSERT_TRUE(disk_.wait_for_calls(1));
  constexpr int kThreads = 16;
  std::atomic<int> begun = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      ++begun;
      writer.write("line\n");
    });
  }
  EXPECT_TRUE(eventually("all threads have begun", [&] { return begun == kThreads; }));
  disk_.set_hanging(false);
  threads.clear();
  const std::string text = disk_.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kThreads + 1);
  EXPECT_LE(disk_.calls(), kThreads + 1);
}

TEST_F(JournalWriterTest, WhatIsLostWhileItHangsIsToldByAGap) {
  disk_.set_hanging(true);
  JournalWriter writer(disk_.append(), options(kShort), clock_, log_);
  const std::string line = std::string(1023, 'x') + "\n";
  for (int n = 0; n < 2000; ++n) writer.write(line);
  disk_.set_hanging(false);
  writer.write("last\n");
  const std::string text = disk_.text_with("last\n");
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_THAT(text, testing::EndsWith("last\n"));
  EXPECT_THAT(text, HasSubstr("\"result\":\"gap\",\"message\":\"" + std::to_string(2002 - lines) +
                              " lines could not be written and are lost\""));
}

TEST_F(JournalWriterTest, WhatIsLeftIsTriedOnceMoreAtTheEnd) {
  disk_.set_failing(true);
  {
    JournalWriter writer(disk_.append(), options(kLong), clock_, log_);
    writer.write("one\n");
    disk_.set_failing(false);
  }
  EXPECT_EQ(disk_.text(), "one\n");
  disk_.set_failing(true);
  {
    JournalWriter writer(disk_.append(), options(kLong), clock_, log_);
    writer.write("two\n");
  }
  EXPECT_THAT(logged(), HasSubstr("1 line of the journal could not be written before the end"));
}

// Row by row as the daemon does it: `journal.file: -`.
class JournalOnOutputTest : public JournalWriterTest {
 protected:
  std::unique_ptr<Journal> open() {
    Journal::Options options;
    options.file.path = "-";
    options.file.standard_output = std::make_shared<Outlet>(pipe_.writer());
    options.on_write_error = [this] { ++write_errors_; };
    auto journal = Journal::open(std::move(options), clock_, log_);
    if (!journal) throw std::runtime_error(journal.error().message);
    return *std::move(journal);
  }

  TestPipe pipe_;
};

TEST_F(JournalOnOutputTest, APipeThatNobodyReadsHoldsUpOneCallForASecond) {
  pipe_.fill();
  const auto journal = open();
  const SystemClock time;
  const SteadyTime start = time.steady_now();
  for (int n = 1; n <= 100; ++n) journal->record(samples::corrected(n));
  EXPECT_LT(time.steady_now() - start, std::chrono::seconds(30)) << "each a second is 100 s";
  EXPECT_EQ(write_errors_, 100) << logged() << pipe_.read().substr(4000);
  EXPECT_THAT(logged(), HasSubstr("cannot write the journal to standard output: nobody reads it"));
}

TEST_F(JournalOnOutputTest, WhatCouldNotBeWrittenComesOnceSomebodyReads) {
  pipe_.fill();
  const auto journal = open();
  for (int n = 1; n <= 100; ++n) journal->record(samples::corrected(n));
  std::jthread recorder([&] { journal->record(samples::corrected(101)); });
  const std::string text = pipe_.read_until(R"("name":"sub-101")");
  for (int n = 1; n <= 100; ++n) {
    EXPECT_THAT(text, HasSubstr("\"name\":\"sub-" + std::to_string(n) + "\""));
  }
}

}  // namespace
}  // namespace defenderd
