#include "desired/common_keys.h"

#include <array>
#include <string_view>
#include <utility>

#include "desired/accepted_findings.h"
#include "desired/keys.h"
#include "desired/limits.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 2> kModes{to_text(Mode::Enforce), to_text(Mode::Observe)};
constexpr std::array<std::string_view, 2> kUnnamed{"leave", "off"};

std::optional<Mode> read_mode(const Value& value) {
  const auto word = read_word(value, kModes);
  if (!word) return std::nullopt;
  return *word == 0 ? Mode::Enforce : Mode::Observe;
}

std::optional<UnnamedExtensions> read_unnamed(const Value& value) {
  if (value.node().kind == YamlKind::Scalar && parse_switch(value.text()) == false) {
    return UnnamedExtensions::Off;
  }
  const auto word = read_word(value, kUnnamed);
  if (!word) return std::nullopt;
  return *word == 0 ? UnnamedExtensions::Leave : UnnamedExtensions::Off;
}

std::optional<Suspension> read_suspend(const Value& value) {
  const MapReader map(value, keys::kSuspend);
  if (!map.is_map()) return std::nullopt;
  if (!map.has("until")) map.missing("until", "a time such as 2026-12-24T00:00:00Z");
  Suspension result;
  map.into(result.reason, "reason", read_text, limits::kReason, LineBreaks::BecomeSpaces);
  map.into(result.by, "by", read_text, limits::kPerson, LineBreaks::BecomeSpaces);
  const auto until = map.get("until", read_time);
  if (!until) return std::nullopt;
  result.until = *until;
  return result;
}

// The fields that may come from defaults.
void apply(const MapReader& map, const Value& entry, const Common& defaults,
           DesiredSubscription& result) {
  Common own = read_common(map);
  if (!own.says_plan && !defaults.says_plan) map.missing("plan", "on or off, here or in defaults");
  if (!own.says_mode && !defaults.says_mode) {
    map.missing("mode", "enforce or observe, here or in defaults");
  }
  result.plan = own.plan ? *own.plan : defaults.plan.value_or(false);
  result.mode = own.mode ? *own.mode : defaults.mode.value_or(Mode::Observe);
  result.unnamed_extensions =
      own.unnamed ? *own.unnamed : defaults.unnamed.value_or(UnnamedExtensions::Leave);
  result.interval = own.interval ? own.interval : defaults.interval;
  result.tenant = own.tenant ? own.tenant : defaults.tenant;
  result.wave = static_cast<std::uint8_t>(own.wave.value_or(defaults.wave.value_or(0)));
  result.owner = own.owner ? std::move(*own.owner) : defaults.owner.value_or("");
  if (own.accepted) {
    result.accepted = std::move(own.accepted);
  } else {
    result.accepted = defaults.accepted;
  }
  if (result.plan) {
    result.extensions = merge_extensions(defaults.extensions, own.extensions);
  } else if (own.plan || defaults.plan) {
    refuse_on(entry, own.extensions,
              own.plan ? "the plan of this entry is off" : "the plan is off in defaults");
  }
}

}  // namespace

Common read_common(const MapReader& map) {
  Common result;
  result.says_plan = map.has("plan") || !map.is_map();
  result.says_mode = map.has("mode") || !map.is_map();
  result.plan = map.get("plan", read_switch);
  result.mode = map.get("mode", read_mode);
  result.unnamed = map.get("unnamedExtensions", read_unnamed);
  result.interval = map.get("interval", read_duration, limits::kMinInterval, limits::kMaxInterval);
  result.tenant = map.get("tenantId", read_guid<TenantId>);
  result.wave = map.get("wave", read_integer, 0, limits::kMaxWave);
  result.owner = map.get("owner", read_text, limits::kPerson, LineBreaks::BecomeSpaces);
  result.accepted = map.get("findings", read_accepted_findings);
  result.extensions = read_extensions(map);
  return result;
}

DesiredSubscription read_declaration(const MapReader& map, const Value& entry,
                                     const Common& defaults) {
  DesiredSubscription result;
  result.source = entry.report.file() + ":" + std::to_string(entry.place().line);
  map.into(result.reason, "reason", read_text, limits::kReason, LineBreaks::BecomeSpaces);
  result.suspend = map.get("suspend", read_suspend);
  apply(map, entry, defaults, result);
  return result;
}

}  // namespace defenderd
