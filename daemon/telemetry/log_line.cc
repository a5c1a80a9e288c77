#include "telemetry/log_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/scrub.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxText = 2048;

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

// As sd-daemon(3) has them; journald takes the prefix off the line.
std::string_view priority(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "<7>";
    case LogLevel::Info:
      return "<6>";
    case LogLevel::Warn:
      return "<4>";
    case LogLevel::Error:
      return "<3>";
  }
  return "<6>";
}

// Azure's support asks for them, and nobody reads them.
bool is_request_id(const LogField& field) {
  return field.key == log_key::kRequestId || field.key == log_key::kCorrelationId ||
         field.key == log_key::kClientRequestId;
}

// People need the subscription and the change only once.
bool is_said(const LogField& field, std::string_view message) {
  constexpr std::array kSubjects{log_key::kSubscriptionId, log_key::kName, log_key::kField,
                                 log_key::kFrom,           log_key::kTo,   log_key::kState};
  return std::find(kSubjects.begin(), kSubjects.end(), field.key) != kSubjects.end() &&
         message.find(field.value) != std::string_view::npos;
}

std::string text_line(LogStyle style, LogLevel level, LogEvent event, std::string_view message,
                      std::span<const LogField> fields, WallTime now) {
  const bool is_journald = style.format == LogFormat::Journald;
  std::string line = is_journald ? std::string(priority(level)) : format_rfc3339(now) + ' ';
  line += padded(level);
  line += ' ';
  line += event.name;
  line += "  ";
  // Two spaces separate the message from the fields, so the message itself has none.
  for (const char c : outgoing_text(message, kMaxText)) {
    if (c != ' ' || line.back() != ' ') line += c;
  }
  std::string_view separator = "  ";
  for (const LogField& field : fields) {
    if (field.value.empty() || is_said(field, message)) continue;
    if (!style.ids && is_request_id(field)) continue;
    line += std::exchange(separator, " ");
    line += field.key.name;
    line += '=';
    const bool quoted = field.value.find_first_of(" =\"") != std::string_view::npos;
    const std::string value = outgoing_text(field.value, kMaxText);
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
  json.member("message", outgoing_text(message, kMaxText));
  for (const LogField& field : fields) {
    if (!field.value.empty()) json.member(field.key.name, outgoing_text(field.value, kMaxText));
  }
  json.end_object();
  return json.take();
}

}  // namespace

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

std::string format_log_line(LogStyle style, LogLevel level, LogEvent event,
                            std::string_view message, std::span<const LogField> fields,
                            WallTime time) {
  if (style.format == LogFormat::Json) return json_line(level, event, message, fields, time);
  return text_line(style, level, event, message, fields, time);
}

}  // namespace defenderd
