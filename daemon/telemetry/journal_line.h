#pragma once
// One line of the journal: a JSON object whose members have the names of this struct's, in its
// order. Empty ones are left out.
//
// `result` is one of
//   intent    the write is about to begin; its result follows in a line of its own. An intent that
//             has none was cut off: whether ARM did it, a later line or the next look at ARM says
//   applied   ARM has it
//   failed    it was written, and did not take; with maybe_applied it may have taken all the same
//   withheld  it is wanted and not written; logged when that begins and when its reason changes,
//             and as the result of an intent whose write was withheld at the last moment
//   gap       `message` says how many lines could not be written before this one

#include <optional>
#include <string>
#include <string_view>

namespace defenderd {

struct JournalLine {
  std::string time = {};  // RFC 3339, UTC, milliseconds
  std::string result = {};
  std::string subscription_id = {};
  std::string name = {};
  std::string field = {};
  std::string from = {};
  std::string to = {};
  std::string reason = {};           // why withheld or failed, a word
  std::string message = {};          // the same for people
  std::string declared_reason = {};  // of the YAML
  bool maybe_applied = false;
  std::string request_id = {};
  std::string correlation_id = {};
  std::string client_request_id = {};
  std::string desired_hash = {};  // of the desired state in force
  std::string version = {};       // of defenderd
  bool operator==(const JournalLine&) const = default;
};

// No line is longer, with its line feed; a text that would make it so is cut.
inline constexpr std::size_t kMaxJournalLine = 64U << 10U;

// With the line feed at its end.
[[nodiscard]] std::string format(const JournalLine& line);

// nullopt for what is no such object, as a torn line is. Unknown members are passed over.
[[nodiscard]] std::optional<JournalLine> parse_journal_line(std::string_view text);

// Whether the line is the result of an intent: applied, failed or withheld.
[[nodiscard]] bool ends_intent(const JournalLine& line);

}  // namespace defenderd
