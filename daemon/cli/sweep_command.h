#pragma once
// `defenderd diff` and `defenderd apply`: one sweep, without and with its writes.

#include "cli/options.h"

namespace defenderd {

// Exit code: 0 in sync, 1 drift remains, 2 on an error, which is printed on stderr.
[[nodiscard]] int sweep_once(const CommandLine& line);

}  // namespace defenderd
