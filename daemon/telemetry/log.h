#pragma once
// The log: one event a line, as text for people or JSON for machines.
//
// JSON members, in this order: time, level, event, message, then the event's own fields. Their
// names are fixed: subscription_id, name, field, from, to, result, state, reason, http_status,
// arm_code, request_id, correlation_id, client_request_id, extensions, repeated, file, listen,
// version, revision, count, duration, error, tenant, until. All are strings.

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/log_level.h"

namespace defenderd {

struct LogField {
  std::string_view key;
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

  // `event` is a word in snake_case. The text form leaves out subscription_id,
  // name, field, from, to and state where the message says them.
  void log(LogLevel level, std::string_view event, std::string_view message,
           std::span<const LogField> fields);
  void log(LogLevel level, std::string_view event, std::string_view message,
           std::initializer_list<LogField> fields = {}) {
    log(level, event, message, std::span(fields.begin(), fields.size()));
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace defenderd
