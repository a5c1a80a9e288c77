#pragma once
// What this process's standard streams are, and a question to whoever sits at the terminal.

#include <cstddef>
#include <stop_token>
#include <string_view>

namespace defenderd {

struct Terminal {
  bool shows_output = false;  // standard output is a terminal
  bool shows_errors = false;
  bool can_ask = false;   // somebody can read a question on standard error, and answer
  std::size_t width = 0;  // of standard output in columns; 0 if it is not a terminal
};
[[nodiscard]] Terminal read_terminal();

// Only "y" and "yes" are a yes: the end of the input, a stop and everything else are a no. What was
// typed before the question does not count.
[[nodiscard]] bool ask(std::string_view question, const std::stop_token& stop);

}  // namespace defenderd
