#include "telemetry/removals_section.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

std::optional<Removal> read_removal(const SectionNode& item) {
  const auto id = item["subscription"].id();
  const auto at = item["at"].as_time();
  if (!id || !at) return std::nullopt;
  Removal removal{*id, *at};
  if (const auto declared = item["declared"].number())
    removal.declared = static_cast<std::uint64_t>(*declared);
  return removal;
}

}  // namespace

std::string format(const std::vector<Removal>& removals) {
  JsonWriter json;
  json.begin_array();
  for (const Removal& removal : removals) {
    json.begin_object();
    json.member("subscription", removal.subscription.text());
    json.member("at", format_rfc3339(removal.at));
    if (removal.declared) json.member("declared", static_cast<std::int64_t>(*removal.declared));
    json.end_object();
  }
  json.end_array();
  return json.take();
}

Result<std::vector<Removal>> parse_removals_section(std::string_view text) {
  auto removals = SectionNode::parse(text).list<Removal>(read_removal);
  if (!removals) return Unexpected(Error{"its data about removed entries cannot be parsed"});
  return *std::move(removals);
}

}  // namespace defenderd
