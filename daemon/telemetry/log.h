#pragma once
// The log: one event per line, as text for people or systemd-journald, or JSON for machines.
//
// JSON members, in this order: time, level, event, message, then the event's own fields, all
// strings. log_event.h has the fixed sets of events and fields.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log_level.h"
#include "telemetry/log_event.h"
#include "telemetry/outlet.h"

namespace defenderd {

// The most lines that wait to be written; if there are more, the oldest are dropped. The queue
// takes 400 bytes for each all the time.
inline constexpr std::size_t kLogQueue = 512;
// How long the end of the log waits for what is still to be written.
inline constexpr Duration kLogFarewell = std::chrono::seconds(2);

struct LogField {
  LogKey key;
  std::string_view value;  // a field with an empty value is omitted
};

// Lines that are collected while a lock is held and logged once it is released.
class LogLines {
 public:
  void add(LogLevel level, LogEvent event, std::string message,
           std::initializer_list<LogField> fields = {});
  [[nodiscard]] bool empty() const { return lines_.empty(); }

 private:
  friend class Logger;
  struct Line {
    LogLevel level;
    LogEvent event;
    std::string message;
    std::vector<std::pair<LogKey, std::string>> fields;
  };
  std::vector<Line> lines_;
};

struct LogStats {
  std::uint64_t dropped = 0;  // lost lines: the queue was full, or a write failed
  Duration stalled{0};        // how long the current line has been waiting to be accepted
  Duration silent{0};         // how long the thread has not worked on the lines that wait for it
};

[[nodiscard]] std::string_view to_text(LogLevel level);  // "info"

// Thread-safe. Control characters and malformed UTF-8 in any text are replaced, so that nothing
// from outside can forge a line. Secrets are replaced, too.
class Logger {
 public:
  using Sink = std::function<void(std::string_view line)>;  // called by one thread at a time

  // For programs: a thread writes the lines in order, and log() never waits for it. After dropped
  // lines, a line says how many are missing. `clock` must outlive it.
  Logger(LogLevel level, LogStyle style, const Clock& clock, std::shared_ptr<Outlet> outlet);
  // For tests: each line goes to `sink` before log() returns.
  Logger(LogLevel level, LogStyle style, const Clock& clock, Sink sink);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void set_level(LogLevel level);
  [[nodiscard]] bool enabled(LogLevel level) const;

  // A text omits subscription_id, name, field, from, to and state if the message has them, and the
  // ids of requests unless the style has them.
  void log(LogLevel level, LogEvent event, std::string_view message,
           std::span<const LogField> fields);
  void log(LogLevel level, LogEvent event, std::string_view message,
           std::initializer_list<LogField> fields = {}) {
    log(level, event, message, std::span(fields.begin(), fields.size()));
  }
  void log_all(const LogLines& lines);

  // Waits until all lines logged so far are written or dropped. False if that takes longer.
  [[nodiscard]] bool flush(Duration patience);
  [[nodiscard]] LogStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace defenderd
