#pragma once
// One program run to its end, without a shell.

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

struct Subprocess {
  std::string program;  // a path; PATH is not searched
  std::vector<std::string> arguments = {};
  std::vector<std::string> environment = {};  // "NAME=value"; nothing else is passed on
  Duration timeout = std::chrono::seconds(30);
  std::size_t max_output = 64UL * 1024;  // of stdout, and of stderr
};

struct SubprocessExit {
  int code = 0;                 // 128 + N where signal N ended it
  Secret output = {};           // stdout
  std::string complaints = {};  // stderr, cut at max_output
};

// Thread-safe. The program gets no input, no open file and no blocked signal of ours, and a process
// group of its own, which is killed as a whole when the time is up, the output too large, or `stop`
// is requested. The Error tells which of these it was, or why the program cannot be started.
[[nodiscard]] Result<SubprocessExit> run_subprocess(const Subprocess& subprocess,
                                                    const std::stop_token& stop);

}  // namespace defenderd
