#pragma once
// Keeps credentials out of everything that leaves this process: its log, journal, API, page,
// metrics, and what its commands print.
//
// Two lines of defence. Where a text of somebody else (an answer of Azure or of a proxy, an
// argument, a value of a file) enters a message, it passes foreign_text(). Where a text leaves,
// it passes outgoing_text(), which finds less, but never spoils a message of our own.
//
// All functions are thread-safe. None takes a lock for longer than it takes to read a text.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace defenderd {

inline constexpr std::string_view kRedacted = "[redacted]";

// From now on this secret is found in every text: as it is, percent-encoded, escaped for JSON or
// HTML, in base64, and parts of it from eight letters on. Whoever gets hold of a credential calls
// it, any number of times. The last few hundred are remembered. Secrets below four letters are not:
// they would be found everywhere.
void remember_secret(const Secret& secret);

// Without known secrets and without what looks like a credential; printable and cut as
// printable() does it.
[[nodiscard]] std::string foreign_text(std::string_view text, std::size_t max_bytes = 512);

// Without known secrets and what is certainly a credential; printable and cut.
[[nodiscard]] std::string outgoing_text(std::string_view text, std::size_t max_bytes = 4096);

// The same for a text of several lines and with colours, which stays as long as it is.
[[nodiscard]] std::string outgoing_lines(std::string_view text);

// Whether a value is a known secret or looks like a credential.
[[nodiscard]] bool holds_credential(std::string_view value);

// A value that a person wrote, for a message about it: `"onn"`, or where it may be a credential
// `a text of 40 characters (not shown)`.
[[nodiscard]] std::string quoted_value(std::string_view value, std::size_t max_bytes = 60);

// Without the secret itself, how a value that is not to be shown reads in a message.
[[nodiscard]] std::string hidden_value(std::string_view value);

// The same for a path: as it is, or `a path that is not shown`.
[[nodiscard]] std::string shown_path(std::string_view path);

}  // namespace defenderd
