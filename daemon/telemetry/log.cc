#include "telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "telemetry/json_writer.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxText = 2048;

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(Logger::Sink callback) : callback_(std::move(callback)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {  // NOLINT: spdlog's name
    callback_({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}  // NOLINT: spdlog's name

  Logger::Sink callback_;
};

std::shared_ptr<spdlog::sinks::sink> make_sink(Logger::Sink sink) {
  if (sink) return std::make_shared<CallbackSink>(std::move(sink));
  return std::make_shared<spdlog::sinks::stderr_sink_mt>();
}

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

std::string_view padded(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "DEBUG";
    case LogLevel::Info:
      return "INFO ";
    case LogLevel::Warn:
      return "WARN ";
    case LogLevel::Error:
      return "ERROR";
  }
  return "INFO ";
}

// People need the subscription and what changed once.
bool is_said(const LogField& field, std::string_view message) {
  constexpr std::array kSubjects{log_key::kSubscriptionId, log_key::kName, log_key::kField,
                                 log_key::kFrom,           log_key::kTo,   log_key::kState};
  return std::find(kSubjects.begin(), kSubjects.end(), field.key) != kSubjects.end() &&
         message.find(field.value) != std::string_view::npos;
}

std::string text_line(LogLevel level, LogEvent event, std::string_view message,
                      std::span<const LogField> fields, WallTime now) {
  std::string line = format_rfc3339(now);
  line += ' ';
  line += padded(level);
  line += ' ';
  line += event.name;
  line += "  ";
  line += printable(message, kMaxText);
  std::string_view separator = "  ";
  for (const LogField& field : fields) {
    if (field.value.empty() || is_said(field, message)) continue;
    line += std::exchange(separator, " ");
    line += field.key.name;
    line += '=';
    const bool quoted = field.value.find_first_of(" =\"") != std::string_view::npos;
    const std::string value = printable(field.value, kMaxText);
    if (!quoted) {
      line += value;
      continue;
    }
    line += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
    line += '"';
  }
  return line;
}

std::string json_line(LogLevel level, LogEvent event, std::string_view message,
                      std::span<const LogField> fields, WallTime now) {
  JsonWriter json;
  json.begin_object();
  json.member("time", format_rfc3339(now));
  json.member("level", to_text(level));
  json.member("event", event.name);
  json.member("message", printable(message, kMaxText));
  for (const LogField& field : fields) {
    if (!field.value.empty()) json.member(field.key.name, printable(field.value, kMaxText));
  }
  json.end_object();
  return json.take();
}

}  // namespace

struct Logger::Impl {
  spdlog::logger logger;
  LogFormat format;
  const Clock& clock;
};

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Error:
      return "error";
  }
  return "info";
}

Logger::Logger(LogLevel level, LogFormat format, const Clock& clock, Sink sink)
    : impl_(std::make_unique<Impl>(
          Impl{spdlog::logger("defenderd", make_sink(std::move(sink))), format, clock})) {
  impl_->logger.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  impl_->logger.flush_on(spdlog::level::debug);
  set_level(level);
}

Logger::~Logger() = default;

void Logger::set_level(LogLevel level) { impl_->logger.set_level(spdlog_level(level)); }

bool Logger::enabled(LogLevel level) const { return impl_->logger.should_log(spdlog_level(level)); }

void Logger::log(LogLevel level, LogEvent event, std::string_view message,
                 std::span<const LogField> fields) {
  if (!enabled(level)) return;
  const auto line = impl_->format == LogFormat::Json ? json_line : text_line;
  impl_->logger.log(spdlog_level(level), spdlog::string_view_t(line(level, event, message, fields,
                                                                    impl_->clock.wall_now())));
}

}  // namespace defenderd
