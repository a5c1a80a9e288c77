#pragma once
// What a command prints on standard error: without secrets and control characters.

#include <string_view>

namespace defenderd {

// Lines, each with a line feed.
void print_error(std::string_view lines);

// A question, without a line feed.
void print_prompt(std::string_view question);

// "defenderd: MESSAGE" and a line feed; a message may have several lines.
void complain(std::string_view message);

// The same, and the exit code to end with.
[[nodiscard]] int fail(int code, std::string_view message);

}  // namespace defenderd
