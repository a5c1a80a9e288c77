#pragma once
// Runs one program to its end, without a shell.

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
  std::vector<std::string> environment = {};  // "NAME=value"; nothing else is inherited
  Duration timeout = std::chrono::seconds(30);
  std::size_t max_output = 64UL * 1024;  // of stdout, and of stderr
};

struct SubprocessExit {
  int code = 0;                 // 128 + N if signal N ended it; 0 if the system did not say it
  Secret output = {};           // stdout
  std::string complaints = {};  // stderr, cut at max_output
};

// Thread-safe. The program gets no input, no open file and no blocked signal of ours, and its own
// process group. The group is killed when the time is up, the output is too large, or `stop` is
// requested. The Error says which of these happened, or why the program cannot be started.
[[nodiscard]] Result<SubprocessExit> run_subprocess(const Subprocess& subprocess,
                                                    const std::stop_token& stop);

}  // namespace defenderd
