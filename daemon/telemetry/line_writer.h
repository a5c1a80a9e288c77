#pragma once
// Writes the lines of the log to their outlet in order, and knows which are lost and how long it
// has been waiting.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "telemetry/log.h"
#include "telemetry/outlet.h"

namespace defenderd {

// write() is for the one thread that writes, watch_queue() and finish() for the owner while no line
// is logged. The other functions are thread-safe.
class LineWriter {
 public:
  // The line that reports lost ones.
  using DropNotice = std::function<std::string(std::uint64_t dropped)>;

  // `clock` outlives it.
  LineWriter(std::shared_ptr<Outlet> outlet, const Clock& clock, DropNotice notice)
      : outlet_(std::move(outlet)), clock_(clock), notice_(std::move(notice)) {}

  void write(std::string_view line);
  // After the last write().
  void finish() { static_cast<void>(report_dropped()); }
  // `overrun` returns how many lines were dropped from the queue. Not while lines are logged.
  void watch_queue(std::function<std::uint64_t()> overrun) { overrun_ = std::move(overrun); }

  // Drops what is not written within `patience`.
  void close_in(Duration patience);
  // Counts a line that could not be written or queued.
  void drop();
  // Before a line is put into the queue.
  void note_queued();
  [[nodiscard]] LogStats stats() const;
  // Until all lines that are queued now are written or dropped. False if that takes longer.
  [[nodiscard]] bool wait(Duration patience);

 private:
  using Ticks = Duration::rep;
  static constexpr Ticks kNever = 0;
  static Ticks ticks(SteadyTime time) { return time.time_since_epoch().count(); }

  [[nodiscard]] bool has_work() const REQUIRES(mutex_) { return handled_ + overrun_() < queued_; }
  [[nodiscard]] std::uint64_t dropped() const { return failed_ + overrun_(); }
  bool report_dropped();
  bool put(std::string_view text);
  [[nodiscard]] Duration patience_now() const;
  void note_handled();

  const std::shared_ptr<Outlet> outlet_;
  const Clock& clock_;
  const DropNotice notice_;
  std::function<std::uint64_t()> overrun_;
  std::string line_;
  std::uint64_t reported_ = 0;  // of the dropped, already reported
  std::atomic<std::uint64_t> failed_ = 0;
  std::atomic<Ticks> writing_since_ = kNever;
  std::atomic<Ticks> beat_ = kNever;  // when the thread last worked on a line
  std::atomic<Ticks> close_at_ = kNever;
  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t queued_ GUARDED_BY(mutex_) = 0;
  std::uint64_t handled_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
