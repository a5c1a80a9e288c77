#include "telemetry/coverage_memory.h"

#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

std::optional<CoverageRow> read_row(const SectionNode& item) {
  const auto id = item["id"].id();
  const auto reason = parse_coverage_reason(item["reason"].text().value_or(""));
  const auto since = item["since"].as_time();
  if (!id || !reason || !since) return std::nullopt;
  CoverageRow row{*id, item["name"].text().value_or("")};
  if (const auto home = item["tenantId"].text()) row.home = TenantId::parse(*home);
  row.state = item["state"].text().value_or("");
  row.reason = *reason;
  row.message = item["message"].text().value_or("");
  row.first_seen = *since;
  return row;
}

}  // namespace

std::string format(const CoverageMemory& memory) {
  JsonWriter json;
  json.begin_object();
  json.key("firstSeen");
  json.begin_object();
  for (const auto& [id, time] : memory.first_seen) json.member(id.text(), format_rfc3339(time));
  json.end_object();
  json.key("left");
  json.begin_array();
  for (const CoverageRow& row : memory.left) {
    json.begin_object();
    json.member("id", row.id.text());
    json.member("name", row.name);
    if (row.home) json.member("tenantId", row.home->text());
    json.member("state", row.state);
    json.member("reason", to_text(row.reason));
    json.member("message", row.message);
    json.member("since", format_rfc3339(row.first_seen));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

Result<CoverageMemory> parse_coverage_section(std::string_view text) {
  const Error bad{"its data about unmanaged subscriptions cannot be parsed"};
  const SectionNode root = SectionNode::parse(text);
  const auto seen = root["firstSeen"].members();
  auto left = root["left"].list<CoverageRow>(read_row);
  if (!seen || !left) return Unexpected(bad);
  CoverageMemory memory;
  for (const SectionNode::Member& member : *seen) {
    const auto id = SubscriptionId::parse(member.name);
    const auto time = member.value.as_time();
    if (!id || !time) return Unexpected(bad);
    memory.first_seen.emplace(*id, *time);
  }
  memory.left = *std::move(left);
  return memory;
}

}  // namespace defenderd
