#include "server/history_api.h"

#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "server/board_json.h"
#include "server/row_json.h"

namespace defenderd {
namespace {

// The steps of a chart.
struct Steps {
  std::chrono::hours length{1};
  int count = 0;
  std::string_view name = {};  // ISO 8601

  // The start of the step that includes a time.
  [[nodiscard]] WallTime of(WallTime time) const {
    const auto hour = std::chrono::floor<std::chrono::hours>(time);
    return hour - hour.time_since_epoch() % length;
  }
};

std::optional<Steps> steps_of(std::string_view days) {
  if (days.empty() || days == "7") return Steps{std::chrono::hours(1), 7 * 24, "PT1H"};
  if (days == "30") return Steps{std::chrono::hours(6), 30 * 4, "PT6H"};
  return std::nullopt;
}

void write_shares(JsonWriter& json, const std::vector<ShareSample>& samples, const Steps& steps,
                  WallTime from) {
  json.key("shares");
  json.begin_array();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const ShareSample& sample = samples[i];
    const bool is_last =
        i + 1 == samples.size() || steps.of(samples[i + 1].at) != steps.of(sample.at);
    if (sample.at < from || !is_last) continue;
    json.begin_object();
    json.member("at", format_rfc3339(sample.at));
    json.member("asDeclared", sample.as_declared);
    json.member("different", sample.different);
    json.member("notKnown", sample.not_known);
    json.end_object();
  }
  json.end_array();
}

void write_events(JsonWriter& json, const EventHistory::Memory& events, const Steps& steps,
                  WallTime from, WallTime now) {
  std::map<WallTime, EventCounts> by_step;
  for (const auto& [at, counts] : events.hours) {
    if (at < from || at > now) continue;
    EventCounts& step = by_step[steps.of(at)];
    step.drifts += counts.drifts;
    step.corrections += counts.corrections;
    step.failures += counts.failures;
    step.withheld += counts.withheld;
    step.edits += counts.edits;
  }
  json.key("events");
  json.begin_array();
  for (const auto& [at, counts] : by_step) {
    json.begin_object();
    json.member("from", format_rfc3339(at));
    json.member("drifts", counts.drifts);
    json.member("corrections", counts.corrections);
    json.member("failures", counts.failures);
    json.member("withheld", counts.withheld);
    json.member("edits", counts.edits);
    json.end_object();
  }
  json.end_array();
}

void write_incident(JsonWriter& json, const Incident& incident, std::optional<WallTime> ended) {
  json.begin_object();
  json.member("reason", to_text(incident.cause.reason));
  json.member("subject", incident.cause.concerns);
  json.member("startedAt", format_rfc3339(incident.since));
  if (ended) json.member("endedAt", format_rfc3339(*ended));
  json.member("subscriptions", incident.most);
  json.member("message", incident.message);
  json.end_object();
}

void write_incidents(JsonWriter& json, const FleetHistory& history, WallTime from) {
  std::multimap<WallTime, std::pair<const Incident*, std::optional<WallTime>>> by_start;
  for (const EndedIncident& ended : history.ended) {
    if (ended.ended >= from)
      by_start.emplace(ended.incident.since,
                       std::pair(&ended.incident, std::optional(ended.ended)));
  }
  for (const Incident& active : history.active)
    by_start.emplace(active.since, std::pair(&active, std::nullopt));
  json.key("incidents");
  json.begin_array();
  for (const auto& [start, incident] : by_start)
    write_incident(json, *incident.first, incident.second);
  json.end_array();
}

}  // namespace

Response api_history(const FleetHistory& history, const Request& request, WallTime now) {
  const auto steps = steps_of(request.param("days"));
  if (!steps) return error_response(400, request.path, "days must be 7 or 30");
  const WallTime from = steps->of(now) - steps->length * (steps->count - 1);
  std::optional<WallTime> shares_since;
  if (!history.shares.empty()) shares_since = history.shares.front().at;
  const std::optional<WallTime> events_since = history.events.since;
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", kApiVersion);
  json.member("kind", "History");
  json.member("from", format_rfc3339(from));
  json.member("until", format_rfc3339(now));
  json.member("step", steps->name);
  // A share is known at the end of a sweep, within its step.
  json.member("complete", shares_since && *shares_since < from + steps->length && events_since &&
                              *events_since <= from);
  time_member(json, "sharesSince", shares_since);
  time_member(json, "eventsSince", events_since);
  write_shares(json, history.shares, *steps, from);
  write_events(json, history.events, *steps, from, now);
  write_incidents(json, history, from);
  json.end_object();
  return json_response(json);
}

}  // namespace defenderd
