#include "telemetry/line_writer.h"

#include <algorithm>
#include <exception>
#include <system_error>

namespace defenderd {
namespace {

// How often a writer that waits for room checks whether the log is about to end.
constexpr Duration kSlice = std::chrono::milliseconds(250);

}  // namespace

void LineWriter::write(std::string_view line) {
  try {
    if (report_dropped() && put(line)) {
      note_handled();
      return;
    }
  } catch (const std::exception&) {  // no memory for the line
  }
  drop();
}

void LineWriter::close_in(Duration patience) {
  close_at_ = ticks(SystemClock().steady_now() + patience);
}

void LineWriter::drop() {
  ++failed_;
  note_handled();
}

void LineWriter::note_queued() {
  const MutexLock lock(mutex_);
  if (!has_work()) beat_ = ticks(clock_.awake_now());  // the thread was idle
  ++queued_;
}

LogStats LineWriter::stats() const {
  LogStats stats;
  stats.dropped = dropped();
  const Ticks since = writing_since_;
  const Ticks now = ticks(clock_.awake_now());
  if (since != kNever) stats.stalled = Duration(now - since);
  const MutexLock lock(mutex_);
  if (has_work()) stats.silent = Duration(std::max<Ticks>(now - beat_, 0));
  return stats;
}

bool LineWriter::wait(Duration patience) {
  MutexLock lock(mutex_);
  return changed_.wait_for(lock, patience, [&, lines = queued_]() REQUIRES(mutex_) {
    return handled_ + overrun_() >= lines;
  });
}

// Before the first line after missing ones. False if it could not be written.
bool LineWriter::report_dropped() {
  const std::uint64_t now = dropped();
  if (now == reported_) return true;
  if (!put(notice_(now - reported_))) return false;
  reported_ = now;
  return true;
}

bool LineWriter::put(std::string_view text) {
  line_.assign(text);
  line_ += '\n';
  writing_since_ = ticks(clock_.awake_now());
  Duration patience;
  std::error_code error;
  do {
    beat_ = ticks(clock_.awake_now());
    patience = patience_now();
    error = outlet_->write(line_, patience);
  } while (error == std::errc::timed_out && patience > Duration::zero());
  writing_since_ = kNever;
  return !error;
}

Duration LineWriter::patience_now() const {
  const Ticks at = close_at_;
  if (at == kNever) return kSlice;
  const Duration left(at - ticks(SystemClock().steady_now()));
  return std::clamp<Duration>(left, Duration::zero(), kSlice);
}

void LineWriter::note_handled() {
  {
    const MutexLock lock(mutex_);
    ++handled_;
  }
  changed_.notify_all();
}

}  // namespace defenderd
