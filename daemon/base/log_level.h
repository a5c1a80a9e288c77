#pragma once
// The level and format of the log. Here because the settings and the logger share them.

namespace defenderd {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };  // for people; for machines

}  // namespace defenderd
