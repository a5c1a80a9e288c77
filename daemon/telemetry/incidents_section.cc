#include "telemetry/incidents_section.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

std::optional<Incident> read_incident(const SectionNode& item) {
  const auto reason = parse_reason(item["reason"].text().value_or(""));
  const auto since = item["since"].as_time();
  const auto most = item["most"].number();
  auto examples = item["examples"].list<std::string>([](const auto& name) { return name.text(); });
  if (!reason || !since || !most || !examples) return std::nullopt;
  Incident incident{{*reason, item["concerns"].text().value_or("")}, *since};
  incident.most = static_cast<std::size_t>(std::max<std::int64_t>(*most, 0));
  incident.message = item["message"].text().value_or("");
  incident.examples = *std::move(examples);
  return incident;
}

}  // namespace

std::string format(const std::vector<Incident>& incidents) {
  JsonWriter json;
  json.begin_array();
  for (const Incident& incident : incidents) {
    json.begin_object();
    json.member("reason", to_text(incident.cause.reason));
    json.member("concerns", incident.cause.concerns);
    json.member("since", format_rfc3339(incident.since));
    json.member("most", static_cast<std::int64_t>(incident.most));
    json.member("message", incident.message);
    json.key("examples");
    json.begin_array();
    for (const std::string& name : incident.examples) json.value(name);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  return json.take();
}

Result<std::vector<Incident>> parse_incidents_section(std::string_view text) {
  auto incidents = SectionNode::parse(text).list<Incident>(read_incident);
  if (!incidents) return Unexpected(Error{"its data about incidents cannot be parsed"});
  return *std::move(incidents);
}

}  // namespace defenderd
