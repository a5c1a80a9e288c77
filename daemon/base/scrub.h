#pragma once
// Keeps credentials out of everything that leaves this process: its log, journal, API, page,
// metrics, and the output of its commands.
//
// Two lines of defence. A foreign text (an answer of Azure or of a proxy, an argument, a value of a
// file) that enters a message passes foreign_text(). A text that leaves passes outgoing_text(),
// which finds less but never spoils our own messages.
//
// All functions are thread-safe. None holds a lock for longer than it takes to read a text.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace defenderd {

inline constexpr std::string_view kRedacted = "[redacted]";

// From now on this secret is found in every text: as it is, percent-encoded up to five times,
// escaped for JSON or HTML, in base64, in hexadecimal, in UTF-16 or with other invisible characters
// between its letters, and parts of it from eight letters. Whoever obtains a credential calls it,
// any number of times. The last few hundred are remembered. Secrets below four letters are not:
// they would be found everywhere; in hexadecimal, those below eight, because ids would show them by
// chance.
void remember_secret(const Secret& secret);

// Removes known secrets and anything that looks like a credential; makes the text printable and
// cuts it like printable().
[[nodiscard]] std::string foreign_text(std::string_view text, std::size_t max_bytes = 512);

// Removes known secrets and what is certainly a credential; makes it printable and cuts it.
[[nodiscard]] std::string outgoing_text(std::string_view text, std::size_t max_bytes = 4096);

// The same for a text of several lines and with colors, whose length does not change.
[[nodiscard]] std::string outgoing_lines(std::string_view text);

// Whether a value is a known secret or looks like a credential.
[[nodiscard]] bool holds_credential(std::string_view value);

// A value written by a person, for a message about it: `"onn"`, or if it may be a credential, `a
// text of 40 characters (not shown)`.
[[nodiscard]] std::string quoted_value(std::string_view value, std::size_t max_bytes = 60);

// How a value that must not be shown is described in a message.
[[nodiscard]] std::string hidden_value(std::string_view value);

// The same for a path: unchanged, or `a path that is not shown`.
[[nodiscard]] std::string shown_path(std::string_view path);

}  // namespace defenderd
