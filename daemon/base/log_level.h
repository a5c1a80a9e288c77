#pragma once
// How much the daemon says, and in which form. Here because the settings and the logger share it.

namespace defenderd {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };  // for people; for machines

}  // namespace defenderd
