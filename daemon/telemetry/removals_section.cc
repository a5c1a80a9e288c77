#include "telemetry/removals_section.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_list.h"

namespace defenderd {
namespace {

void write(JsonWriter& json, const Removal& removal) {
  json.member("subscription", removal.subscription.text());
  json.member("at", format_rfc3339(removal.at));
  if (removal.declared) json.member("declared", static_cast<std::int64_t>(*removal.declared));
}

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

std::string format(const std::vector<Removal>& removals) { return list_text(removals, write); }

Result<std::vector<Removal>> parse_removals_section(std::string_view text) {
  return parse_list<Removal>(text, read_removal, "its data about removed entries");
}

}  // namespace defenderd
