#include "telemetry/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>

#include "base/mutex.h"
#include "telemetry/log_line.h"

namespace defenderd {
namespace {

// How often a writer that waits for room checks whether the log is about to end.
constexpr Duration kSlice = std::chrono::milliseconds(250);

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warn:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Receives formatted lines.
class PlainSink : public spdlog::sinks::sink {
 public:
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}
};

class CallbackSink final : public PlainSink {
 public:
  explicit CallbackSink(Logger::Sink callback) : callback_(std::move(callback)) {}
  void log(const spdlog::details::log_msg& message) override {
    const MutexLock lock(mutex_);
    callback_({message.payload.data(), message.payload.size()});
  }

 private:
  Mutex mutex_;
  Logger::Sink callback_ GUARDED_BY(mutex_);
};

// Called by the writing thread, unless stated otherwise.
class OutletSink final : public PlainSink {
 public:
  using DropNotice = std::function<std::string(std::uint64_t dropped)>;

  OutletSink(std::shared_ptr<Outlet> outlet, const Clock& clock, DropNotice notice)
      : outlet_(std::move(outlet)), clock_(clock), notice_(std::move(notice)) {}

  void log(const spdlog::details::log_msg& message) override {
    try {
      if (report_dropped() && write({message.payload.data(), message.payload.size()})) {
        note_handled();
        return;
      }
    } catch (const std::exception&) {  // no memory for the line
    }
    drop();
  }
  // After the last log().
  void finish() { static_cast<void>(report_dropped()); }
  // Returns how many lines were dropped from the queue. Not while lines are logged.
  void watch_queue(std::function<std::uint64_t()> overrun) { overrun_ = std::move(overrun); }

  // The others may be called by any thread.

  // Drops what is not written within `patience`.
  void close_in(Duration patience) { close_at_ = ticks(SystemClock().steady_now() + patience); }
  // Counts a line that could not be written or queued.
  void drop() {
    ++failed_;
    note_handled();
  }

  // Before a line is put into the queue.
  void note_queued() {
    const MutexLock lock(mutex_);
    if (!has_work()) beat_ = ticks(clock_.awake_now());  // the thread was idle
    ++queued_;
  }

  [[nodiscard]] LogStats stats() const {
    LogStats stats;
    stats.dropped = dropped();
    const Ticks since = writing_since_;
    const Ticks now = ticks(clock_.awake_now());
    if (since != kNever) stats.stalled = Duration(now - since);
    const MutexLock lock(mutex_);
    if (has_work()) stats.silent = Duration(std::max<Ticks>(now - beat_, 0));
    return stats;
  }
  // Until all lines that are queued now are written or dropped.
  bool wait(Duration patience) {
    MutexLock lock(mutex_);
    return changed_.wait_for(lock, patience, [&, lines = queued_]() REQUIRES(mutex_) {
      return handled_ + overrun_() >= lines;
    });
  }

 private:
  using Ticks = Duration::rep;
  static constexpr Ticks kNever = 0;
  static Ticks ticks(SteadyTime time) { return time.time_since_epoch().count(); }

  [[nodiscard]] bool has_work() const REQUIRES(mutex_) { return handled_ + overrun_() < queued_; }
  [[nodiscard]] std::uint64_t dropped() const { return failed_ + overrun_(); }

  // Before the first line after missing ones. False if it could not be written.
  bool report_dropped() {
    const std::uint64_t now = dropped();
    if (now == reported_) return true;
    if (!write(notice_(now - reported_))) return false;
    reported_ = now;
    return true;
  }

  bool write(std::string_view text) {
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

  [[nodiscard]] Duration patience_now() const {
    const Ticks at = close_at_;
    if (at == kNever) return kSlice;
    const Duration left(at - ticks(SystemClock().steady_now()));
    return std::clamp<Duration>(left, Duration::zero(), kSlice);
  }

  void note_handled() {
    {
      const MutexLock lock(mutex_);
      ++handled_;
    }
    changed_.notify_all();
  }

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

}  // namespace

struct Logger::Impl {
  Impl(LogFormat as, const Clock& time) : format(as), clock(time) {}

  const LogFormat format;
  const Clock& clock;
  std::shared_ptr<OutletSink> outlet = {};
  std::shared_ptr<spdlog::details::thread_pool> writer = {};  // none if a test has a sink
  std::shared_ptr<spdlog::logger> logger = {};
};

void LogLines::add(LogLevel level, LogEvent event, std::string message,
                   std::initializer_list<LogField> fields) {
  Line& line = lines_.emplace_back(Line{level, event, std::move(message), {}});
  for (const LogField& field : fields) {
    if (!field.value.empty()) line.fields.emplace_back(field.key, field.value);
  }
}

Logger::Logger(LogLevel level, LogFormat format, const Clock& clock, Sink sink)
    : impl_(std::make_unique<Impl>(format, clock)) {
  impl_->logger = std::make_shared<spdlog::logger>("defenderd",
                                                   std::make_shared<CallbackSink>(std::move(sink)));
  set_level(level);
}

Logger::Logger(LogLevel level, LogFormat format, const Clock& clock, std::shared_ptr<Outlet> outlet)
    : impl_(std::make_unique<Impl>(format, clock)) {
  const auto notice = [format, &clock](std::uint64_t dropped) {
    const std::string count = std::to_string(dropped);
    return format_log_line(format, LogLevel::Warn, log_event::kLogDropped,
                           count + (dropped == 1 ? " line" : " lines") +
                               " of the log before this one could not be written and are lost; the "
                               "status page and the journal have what they reported",
                           std::array{LogField{log_key::kCount, count}}, clock.wall_now());
  };
  const auto out = std::make_shared<OutletSink>(std::move(outlet), clock, notice);
  impl_->outlet = out;
  impl_->writer = std::make_shared<spdlog::details::thread_pool>(kLogQueue, 1);
  out->watch_queue([pool = impl_->writer.get()] { return pool->overrun_counter(); });
  impl_->logger = std::make_shared<spdlog::async_logger>(
      "defenderd", out, impl_->writer, spdlog::async_overflow_policy::overrun_oldest);
  // spdlog's own would write to standard error and block.
  impl_->logger->set_error_handler([out](const std::string& /*what*/) { out->drop(); });
  set_level(level);
}

Logger::~Logger() {
  if (!impl_->outlet) return;
  impl_->outlet->close_in(kLogFarewell);
  const std::uint64_t overrun = impl_->writer->overrun_counter();  // nobody logs any more
  impl_->writer.reset();                                           // once the queue is empty
  impl_->outlet->watch_queue([overrun] { return overrun; });
  impl_->outlet->finish();
}

void Logger::set_level(LogLevel level) { impl_->logger->set_level(spdlog_level(level)); }

bool Logger::enabled(LogLevel level) const {
  return impl_->logger->should_log(spdlog_level(level));
}

void Logger::log(LogLevel level, LogEvent event, std::string_view message,
                 std::span<const LogField> fields) {
  if (!enabled(level)) return;
  const std::string line =
      format_log_line(impl_->format, level, event, message, fields, impl_->clock.wall_now());
  if (impl_->outlet) impl_->outlet->note_queued();
  impl_->logger->log(spdlog_level(level), spdlog::string_view_t(line));
}

void Logger::log_all(const LogLines& lines) {
  std::vector<LogField> fields;
  for (const LogLines::Line& line : lines.lines_) {
    fields.clear();
    for (const auto& [key, value] : line.fields) fields.push_back({key, value});
    log(line.level, line.event, line.message, std::span<const LogField>(fields));
  }
}

bool Logger::flush(Duration patience) { return !impl_->outlet || impl_->outlet->wait(patience); }

LogStats Logger::stats() const { return impl_->outlet ? impl_->outlet->stats() : LogStats{}; }

}  // namespace defenderd
