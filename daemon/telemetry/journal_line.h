#pragma once
// One line of the journal: a JSON object whose members have the names of this struct's, in its
// order. Empty ones are omitted.
//
// `result` is one of
//   intent         the write is about to start; its result follows in another line. An intent
//                  without a result was cut off: a later line or the next observation shows whether
//                  ARM applied it
//   applied        ARM has it
//   failed         it was written and not applied; with maybe_applied it may still have been
//                  applied, and `applied` follows if the next observations show it
//   withheld       it is planned and not written; logged when that starts and when its reason
//                  changes, and as the result of an intent whose write was withheld at the last
//                  moment
//   ended          it was withheld or has failed, and is as declared now without a write of
//                  defenderd; or it, or its subscription, is no longer declared, and
//                  `message` is kNoLongerDeclared
//   attributed     follows a drift: who changed the field in Azure, or why that is not known
//   finding        something about the subscription's protection was found: `reason` is the
//                  finding, `resource` what it is about, `actor` who last changed it
//   finding_ended  the same is no longer so
//   freeze, thaw   a freeze has begun, is over: `message` says which, `actor` by whom
//   edited         an edit of the desired state took effect, or had while defenderd was not
//                  running: `message` says how much it changed, `commit` where it comes from
//   leads          of several replicas: this one has begun to lead
//   confirmed      a code of a person let held changes through, or a roll-out go on: `message` says
//                  how many, `confirmed` is the code; each change that is written names it too
//   gap            `message` says how many lines could not be written before this one

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

// The words of `result`.
namespace journal_result {
inline constexpr std::string_view kIntent = "intent";
inline constexpr std::string_view kApplied = "applied";
inline constexpr std::string_view kFailed = "failed";
inline constexpr std::string_view kWithheld = "withheld";
inline constexpr std::string_view kEnded = "ended";
inline constexpr std::string_view kAttributed = "attributed";
inline constexpr std::string_view kFinding = "finding";
inline constexpr std::string_view kFindingEnded = "finding_ended";
inline constexpr std::string_view kFreeze = "freeze";
inline constexpr std::string_view kThaw = "thaw";
inline constexpr std::string_view kEdited = "edited";
inline constexpr std::string_view kLeads = "leads";
inline constexpr std::string_view kConfirmed = "confirmed";
inline constexpr std::string_view kGap = "gap";
}  // namespace journal_result

// The message of what ended because it, or its subscription, is no longer declared.
inline constexpr std::string_view kNoLongerDeclared =
    "no longer declared; defenderd leaves it as it is in Azure";

struct JournalLine {
  std::string time = {};  // RFC 3339, UTC, milliseconds
  std::string result = {};
  std::string subscription_id = {};
  std::string name = {};
  std::string field = {};
  std::string from = {};
  std::string to = {};
  std::string since = {};                // when the drift was first observed
  std::string as_declared = {};          // of a new drift: when it was last observed as declared
  std::string actor_kind = {};           // of `attributed`: a word of ActorKind
  std::string actor = {};                // its name; of several "alice@contoso.com or bob@..."
  std::vector<std::string> actors = {};  // of several that wrote at that time: their names
  std::string client = {};               // the application that it used
  std::string address = {};              // only with azure.activityLogAddresses
  std::string happened = {};             // when ARM took the actor's write
  std::string reason = {};               // why withheld or failed, or the finding: one word
  std::string resource = {};             // of a finding: an ARM id
  std::string message = {};              // for people
  std::string declared_reason = {};      // from the YAML
  std::string by = {};                   // who ran the `apply` that wrote it; "" is the daemon
  std::string confirmed = {};            // the code that let it through a brake
  std::string was_withheld = {};         // the reason until it was written, such as Frozen
  bool maybe_applied = false;
  std::string request_id = {};
  std::string correlation_id = {};
  std::string client_request_id = {};
  std::string desired_hash = {};  // of the desired state in force
  std::string commit = {};        // that it comes from, where a file names it
  std::string replica = {};       // who wrote it, where there are several
  std::string version = {};       // of defenderd
  bool operator==(const JournalLine&) const = default;
};

// The longest line, with its line feed; longer texts are cut.
inline constexpr std::size_t kMaxJournalLine = 64U << 10U;

// Ends with a line feed.
[[nodiscard]] std::string format(const JournalLine& line);

// nullopt if it is not such an object, for example an incomplete line. Unknown members are skipped.
[[nodiscard]] std::optional<JournalLine> parse_journal_line(std::string_view text);

// Whether the line is the result of an intent: applied, failed or withheld.
[[nodiscard]] bool ends_intent(const JournalLine& line);

}  // namespace defenderd
