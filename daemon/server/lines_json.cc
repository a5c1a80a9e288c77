#include "server/lines_json.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>

#include "base/time_text.h"
#include "server/row_json.h"

namespace defenderd {
namespace {

// What the lines say together of the drifts that one reconcile has found.
struct DriftStory {
  const JournalLine* attributed = nullptr;
  std::optional<WallTime> until = {};  // when the last of them was as declared again
};
using DriftStories = std::map<std::string_view, DriftStory>;  // by JournalLine::since

bool ends_drift(const JournalLine& line) {
  return line.result == journal_result::kApplied || line.result == journal_result::kEnded;
}

bool is_attributed(const JournalLine& line) { return line.result == journal_result::kAttributed; }

DriftStories stories_of(const std::vector<JournalLine>& lines) {
  DriftStories stories;
  for (const JournalLine& line : lines) {
    if (line.since.empty()) continue;
    if (is_attributed(line)) stories[line.since].attributed = &line;
    if (ends_drift(line)) {
      auto& until = stories[line.since].until;
      until = std::max(until, parse_rfc3339(line.time));
    }
  }
  return stories;
}

void write_duration(JsonWriter& json, const JournalLine& line, const DriftStory& story) {
  if (!is_attributed(line) && !ends_drift(line)) return;
  const auto until = is_attributed(line) ? story.until : parse_rfc3339(line.time);
  const JournalLine* const known = story.attributed;
  auto begun = parse_rfc3339(line.since);
  if (known != nullptr && !known->happened.empty()) begun = parse_rfc3339(known->happened);
  if (begun && until) json.member("durationSeconds", whole_seconds(*begun, *until));
}

void write_actor(JsonWriter& json, const JournalLine& line) {
  text_member(json, "actorKind", line.actor_kind);
  text_member(json, "actor", line.actor);
  texts_member(json, "actors", line.actors);
  text_member(json, "client", line.client);
  text_member(json, "address", line.address);
  text_member(json, "happened", line.happened);
}

void write_line(JsonWriter& json, const JournalLine& line, const DriftStory& story) {
  json.begin_object();
  json.member("time", line.time);
  json.member("result", line.result);
  json.member("field", line.field);
  text_member(json, "from", line.from);
  text_member(json, "to", line.to);
  text_member(json, "since", line.since);
  write_duration(json, line, story);
  write_actor(json, story.attributed == nullptr ? line : *story.attributed);
  text_member(json, "reason", line.reason);
  text_member(json, "resource", line.resource);
  text_member(json, "message", line.message);
  if (line.maybe_applied) json.member("maybeApplied", true);
  text_member(json, "requestId", line.request_id);
  text_member(json, "correlationId", line.correlation_id);
  text_member(json, "clientRequestId", line.client_request_id);
  json.end_object();
}

}  // namespace

std::int64_t whole_seconds(WallTime from, WallTime until) {
  return std::chrono::floor<std::chrono::seconds>(std::max(from, until) - from).count();
}

void write_history(JsonWriter& json, const std::vector<JournalLine>& lines) {
  const DriftStories stories = stories_of(lines);
  json.key("history");
  json.begin_array();
  for (const JournalLine& line : lines) {
    const auto story = stories.find(line.since);
    write_line(json, line, story == stories.end() ? DriftStory() : story->second);
  }
  json.end_array();
}

}  // namespace defenderd
