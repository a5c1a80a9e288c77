#pragma once
// Writes the journal's lines on a separate thread, so that a hanging disk or reader delays callers
// no longer than a deadline.
//
// Up to 1 MiB of lines that could not be written is kept and retried with the next line and every
// few seconds. A `gap` line says how many more were lost.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "base/result.h"
#include "telemetry/journal_file.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class JournalWriter {
 public:
  using Append = std::function<JournalFile::Appended(std::string_view lines, Duration patience)>;
  struct Options {
    std::string path = {};                      // of the journal, for messages
    std::string version = {};                   // of defenderd, for the gap's line
    std::function<void()> on_write_error = {};  // for each error, without a lock
    Duration patience = std::chrono::seconds(5);
    Heartbeats* heartbeats = nullptr;  // of the thread; outlives it
    std::string replica = {};          // for the gap's line
  };
  // `append` is JournalFile's and called by one thread only. `clock` and `log` must outlive it.
  JournalWriter(Append append, Options options, const Clock& clock, Logger& log);
  // Tries once more to write the rest. Takes as long as a hanging disk does.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // Returns once the lines are on the disk or writing failed, but after `patience` in any case;
  // after that without waiting until the disk has answered. Lines of one call stay together.
  void write(const std::string& lines);

 private:
  struct Round {
    std::uint64_t calls = 0;  // whose lines have been tried when it ends
    bool last = false;        // no lines remain after it
    bool failing = false;
    bool stopping = false;
  };
  void run(const std::stop_token& stop);
  // Waits until there is work, and puts it into in_hand_.
  Round begin_round(const std::stop_token& stop);
  void end_round(const Round& round, const Result<Done>& written);
  void keep(const std::string& lines) REQUIRES(mutex_);
  [[nodiscard]] bool is_done() const REQUIRES(mutex_);
  [[nodiscard]] std::string gap() const REQUIRES(mutex_);
  void report_failure(const std::string& why, bool first);
  void report_lost();

  const Options options_;
  const Clock& clock_;
  Logger& log_;
  const Append append_;
  std::string in_hand_;   // the thread's only: what it writes, or could not write
  bool failed_ = false;   // the thread's only: the last round failed
  Duration retry_in_{0};  // the thread's only

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::string waiting_ GUARDED_BY(mutex_);           // for the thread to take
  std::size_t in_hand_size_ GUARDED_BY(mutex_) = 0;  // bytes
  std::size_t lost_ GUARDED_BY(mutex_) = 0;          // lines that do not fit
  std::string after_gap_ GUARDED_BY(mutex_);         // lines that came after the lost ones
  std::size_t missing_ GUARDED_BY(mutex_) = 0;       // lost since it began to fail
  std::uint64_t calls_ GUARDED_BY(mutex_) = 0;       // of write()
  std::uint64_t tried_ GUARDED_BY(mutex_) = 0;  // of these, whose lines were written or have failed
  bool failing_ GUARDED_BY(mutex_) = false;
  // A call has waited in vain for a round that is not over yet.
  bool hanging_ GUARDED_BY(mutex_) = false;

  std::jthread thread_;
};

}  // namespace defenderd
