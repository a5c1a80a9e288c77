#pragma once
// The log: one event a line, as text for people or JSON for machines.
//
// JSON members, in this order: time, level, event, message, then the event's own fields, all
// strings. log_event.h has the closed sets of events and fields.

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/log_level.h"
#include "telemetry/log_event.h"

namespace defenderd {

struct LogField {
  LogKey key;
  std::string_view value;  // a field with an empty value is left out
};

[[nodiscard]] std::string_view to_text(LogLevel level);  // "info"

// Thread-safe. Control characters and malformed UTF-8 of any text are replaced, so that nothing
// from outside can forge a line.
class Logger {
 public:
  using Sink = std::function<void(std::string_view line)>;  // called by one thread at a time

  // Without a sink lines go to stderr. `clock` must outlive it.
  Logger(LogLevel level, LogFormat format, const Clock& clock, Sink sink = {});
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void set_level(LogLevel level);
  [[nodiscard]] bool enabled(LogLevel level) const;

  // The text form leaves out subscription_id, name, field, from, to and state where the message
  // says them.
  void log(LogLevel level, LogEvent event, std::string_view message,
           std::span<const LogField> fields);
  void log(LogLevel level, LogEvent event, std::string_view message,
           std::initializer_list<LogField> fields = {}) {
    log(level, event, message, std::span(fields.begin(), fields.size()));
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace defenderd
