#include "telemetry/departures_section.h"

#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

void write(JsonWriter& json, const DepartedEdit& edit) {
  json.member("at", format_rfc3339(edit.at));
  json.member("declared", edit.declared);
  json.member("left", edit.left);
  json.member("many", edit.many);
  json.key("away");
  json.begin_object();
  for (const auto& [id, name] : edit.away) json.member(id.text(), name);
  json.end_object();
  json.key("files");
  json.begin_object();
  for (const auto& [file, count] : edit.files) json.member(file, count);
  json.end_object();
}

std::optional<DepartedEdit> read_edit(const SectionNode& item) {
  const auto at = item["at"].as_time();
  const auto declared = item["declared"].count();
  const auto left = item["left"].count();
  const auto many = item["many"].on();
  const auto away = item["away"].members();
  const auto files = item["files"].members();
  if (!at || !declared || !left || !many || !away || !files) return std::nullopt;
  DepartedEdit edit{*at, *declared, *left, *many};
  for (const SectionNode::Member& member : *away) {
    const auto id = SubscriptionId::parse(member.name);
    if (!id) return std::nullopt;
    edit.away.emplace(*id, member.value.text().value_or(""));
  }
  for (const SectionNode::Member& member : *files)
    edit.files.emplace(member.name, member.value.count().value_or(0));
  return edit;
}

}  // namespace

std::string format(const std::vector<DepartedEdit>& edits) { return list_text(edits, write); }

Result<std::vector<DepartedEdit>> parse_departures_section(std::string_view text) {
  return parse_list<DepartedEdit>(text, read_edit, "its data about removed subscriptions");
}

}  // namespace defenderd
