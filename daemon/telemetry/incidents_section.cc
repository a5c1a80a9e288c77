#include "telemetry/incidents_section.h"

#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

std::optional<Incident> read_incident(const SectionNode& item) {
  const auto reason = parse_reason(item["reason"].text().value_or(""));
  const auto since = item["since"].as_time();
  const auto most = item["most"].count();
  auto examples = item["examples"].list<std::string>([](const auto& name) { return name.text(); });
  if (!reason || !since || !most || !examples) return std::nullopt;
  Incident incident{{*reason, item["concerns"].text().value_or("")}, *since};
  incident.most = *most;
  incident.subscriptions = item["subscriptions"].count().value_or(*most);
  incident.message = item["message"].text().value_or("");
  incident.examples = *std::move(examples);
  return incident;
}

std::optional<EndedIncident> read_ended(const SectionNode& item) {
  auto incident = read_incident(item);
  const auto ended = item["ended"].as_time();
  if (!incident || !ended) return std::nullopt;
  return EndedIncident{*std::move(incident), *ended};
}

}  // namespace

void write_members(JsonWriter& json, const Incident& incident) {
  json.member("reason", to_text(incident.cause.reason));
  json.member("concerns", incident.cause.concerns);
  json.member("since", format_rfc3339(incident.since));
  json.member("most", incident.most);
  json.member("message", incident.message);
  json.key("examples");
  json.begin_array();
  for (const std::string& name : incident.examples) json.value(name);
  json.end_array();
}

std::string format(const std::vector<Incident>& incidents) {
  return list_text(incidents, [](JsonWriter& json, const Incident& incident) {
    write_members(json, incident);
    json.member("subscriptions", incident.subscriptions);
  });
}

Result<std::vector<Incident>> parse_incidents_section(std::string_view text) {
  return parse_list<Incident>(text, read_incident, "its data about incidents");
}

std::string format(const std::vector<EndedIncident>& incidents) {
  return list_text(incidents, [](JsonWriter& json, const EndedIncident& ended) {
    write_members(json, ended.incident);
    json.member("ended", format_rfc3339(ended.ended));
  });
}

Result<std::vector<EndedIncident>> parse_ended_incidents_section(std::string_view text) {
  return parse_list<EndedIncident>(text, read_ended, "its data about ended incidents");
}

}  // namespace defenderd
