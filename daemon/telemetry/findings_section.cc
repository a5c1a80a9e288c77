#include "telemetry/findings_section.h"

#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxResource = 512;

void write(JsonWriter& json, const RememberedFinding& finding) {
  json.member("subscription", finding.subscription.text());
  json.member("finding", to_text(finding.kind));
  json.member("resource", finding.resource);
  json.member("since", format_rfc3339(finding.since));
  if (finding.accepted) json.member("accepted", true);
}

std::optional<RememberedFinding> read_finding(const SectionNode& item) {
  const auto id = item["subscription"].id();
  const auto kind = item["finding"].text();
  const auto resource = item["resource"].text();
  const auto since = item["since"].as_time();
  const auto parsed = kind ? parse_finding_kind(*kind) : std::nullopt;
  if (!id || !parsed || !resource || resource->size() > kMaxResource || !since) return std::nullopt;
  return RememberedFinding{*id, *parsed, *resource, *since, item["accepted"].on().value_or(false)};
}

}  // namespace

std::string format(const std::vector<RememberedFinding>& findings) {
  return list_text(findings, write);
}

Result<std::vector<RememberedFinding>> parse_findings_section(std::string_view text) {
  return parse_list<RememberedFinding>(text, read_finding, "its data about findings");
}

}  // namespace defenderd
