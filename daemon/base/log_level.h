#pragma once
// The level and format of the log. Here because the settings and the logger share them.

namespace defenderd {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat {
  Text,  // for people
  Json,  // for machines
  // For systemd-journald, which adds the time: a text with the prefix of sd-daemon(3).
  Journald,
};

struct LogStyle {
  LogStyle(LogFormat as, bool with_ids = false) : format(as), ids(with_ids) {}

  LogFormat format;
  bool ids;  // whether a text has the ids of requests; JSON always has them
};

}  // namespace defenderd
