#include "telemetry/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <array>

#include "base/mutex.h"
#include "telemetry/line_writer.h"
#include "telemetry/log_line.h"

namespace defenderd {
namespace {

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

class WriterSink final : public PlainSink {
 public:
  explicit WriterSink(std::shared_ptr<LineWriter> writer) : writer_(std::move(writer)) {}
  void log(const spdlog::details::log_msg& message) override {
    writer_->write({message.payload.data(), message.payload.size()});
  }

 private:
  const std::shared_ptr<LineWriter> writer_;
};

}  // namespace

struct Logger::Impl {
  Impl(LogStyle as, const Clock& time) : style(as), clock(time) {}

  const LogStyle style;
  const Clock& clock;
  std::shared_ptr<LineWriter> lines = {};  // none if a test has a sink, as the pool
  std::shared_ptr<spdlog::details::thread_pool> pool = {};
  std::shared_ptr<spdlog::logger> logger = {};
};

void LogLines::add(LogLevel level, LogEvent event, std::string message,
                   std::initializer_list<LogField> fields) {
  Line& line = lines_.emplace_back(Line{level, event, std::move(message), {}});
  for (const LogField& field : fields) {
    if (!field.value.empty()) line.fields.emplace_back(field.key, field.value);
  }
}

Logger::Logger(LogLevel level, LogStyle style, const Clock& clock, Sink sink)
    : impl_(std::make_unique<Impl>(style, clock)) {
  impl_->logger = std::make_shared<spdlog::logger>("defenderd",
                                                   std::make_shared<CallbackSink>(std::move(sink)));
  set_level(level);
}

Logger::Logger(LogLevel level, LogStyle style, const Clock& clock, std::shared_ptr<Outlet> outlet)
    : impl_(std::make_unique<Impl>(style, clock)) {
  const auto notice = [style, &clock](std::uint64_t dropped) {
    const std::string count = std::to_string(dropped);
    return format_log_line(style, LogLevel::Warn, log_event::kLogDropped,
                           count + (dropped == 1 ? " line" : " lines") +
                               " of the log before this one could not be written and are lost; the "
                               "status page and the journal have what they reported",
                           std::array{LogField{log_key::kCount, count}}, clock.wall_now());
  };
  const auto out = std::make_shared<LineWriter>(std::move(outlet), clock, notice);
  impl_->lines = out;
  impl_->pool = std::make_shared<spdlog::details::thread_pool>(kLogQueue, 1);
  out->watch_queue([pool = impl_->pool.get()] { return pool->overrun_counter(); });
  impl_->logger = std::make_shared<spdlog::async_logger>(
      "defenderd", std::make_shared<WriterSink>(out), impl_->pool,
      spdlog::async_overflow_policy::overrun_oldest);
  // spdlog's own would write to standard error and block.
  impl_->logger->set_error_handler([out](const std::string& /*what*/) { out->drop(); });
  set_level(level);
}

Logger::~Logger() {
  if (!impl_->lines) return;
  impl_->lines->close_in(kLogFarewell);
  const std::uint64_t overrun = impl_->pool->overrun_counter();  // no more lines come
  impl_->pool.reset();                                           // once the queue is empty
  impl_->lines->watch_queue([overrun] { return overrun; });
  impl_->lines->finish();
}

void Logger::set_level(LogLevel level) { impl_->logger->set_level(spdlog_level(level)); }

bool Logger::enabled(LogLevel level) const {
  return impl_->logger->should_log(spdlog_level(level));
}

void Logger::log(LogLevel level, LogEvent event, std::string_view message,
                 std::span<const LogField> fields) {
  if (!enabled(level)) return;
  const std::string line =
      format_log_line(impl_->style, level, event, message, fields, impl_->clock.wall_now());
  if (impl_->lines) impl_->lines->note_queued();
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

bool Logger::flush(Duration patience) { return !impl_->lines || impl_->lines->wait(patience); }

LogStats Logger::stats() const { return impl_->lines ? impl_->lines->stats() : LogStats{}; }

}  // namespace defenderd
