#include "telemetry/status_section.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/remembered_json.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

constexpr std::string_view kSince = " since ";
constexpr std::int64_t kHourMs = 3'600'000;

void write_times(JsonWriter& json, const ObservedTimes& times) {
  for (const ObservedBy by : kAllObservedBy) {
    const auto& time = times[static_cast<std::size_t>(by)];
    if (time) json.member(to_text(by), format_rfc3339(*time));
  }
}

// Those that are missing are none.
ObservedTimes read_times(const SectionNode& object) {
  return {object["direct"].as_time(), object["graph"].as_time()};
}

void write_in_sync(JsonWriter& json, const StatusMemory& memory) {
  using Millis = std::chrono::milliseconds;
  std::map<WallTime, std::vector<std::pair<SubscriptionId, Millis>>> by_hour;
  for (const auto& [id, since] : memory.in_sync) {
    const WallTime hour = std::chrono::floor<std::chrono::hours>(since);
    by_hour[hour].emplace_back(id, std::chrono::duration_cast<Millis>(since - hour));
  }
  json.key("inSync");
  json.begin_array();
  for (auto& [hour, ids] : by_hour) {
    std::sort(ids.begin(), ids.end());
    json.begin_object();
    json.member("from", format_rfc3339(hour));
    json.key("afterMs");
    json.begin_object();
    for (const auto& [id, after] : ids)
      json.member(id.text(), static_cast<std::int64_t>(after.count()));
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.key("inSyncObserved");
  json.begin_object();
  write_times(json, memory.in_sync_observed);
  json.end_object();
}

bool read_in_sync(const SectionNode& group, StatusMemory& memory) {
  const auto from = group["from"].as_time();
  const auto members = group["afterMs"].members();
  if (!from || !members) return false;
  for (const SectionNode::Member& member : *members) {
    const auto id = SubscriptionId::parse(member.name);
    const auto after = member.value.number();
    if (!id || !after || *after < 0 || *after >= kHourMs) return false;
    memory.in_sync.emplace_back(*id, *from + std::chrono::milliseconds(*after));
  }
  return true;
}

// "True", or "True since 2026-01-01T00:00:00.000Z" if that is not since when the state lasts.
std::string condition_text(const EarlierState::Known& condition, WallTime since) {
  std::string text(to_text(condition.status));
  if (condition.last_transition != since)
    text.append(kSince) += format_rfc3339(condition.last_transition);
  return text;
}

std::optional<EarlierState::Known> parse_condition(std::string_view text, WallTime since) {
  const std::size_t at = text.find(kSince);
  const auto status = parse_condition_status(text.substr(0, at));
  const auto transition = at == std::string_view::npos
                              ? std::optional(since)
                              : parse_rfc3339(text.substr(at + kSince.size()));
  if (!status || !transition) return std::nullopt;
  return EarlierState::Known{*status, *transition};
}

void write_state(JsonWriter& json, const EarlierState& state) {
  json.member("state", to_text(state.state));
  json.member("since", format_rfc3339(state.since));
  if (state.failing_for != Reason::AsDeclared) json.member("reason", to_text(state.failing_for));
  json.key("conditions");
  json.begin_object();
  for (const ConditionType type : kAllConditionTypes) {
    json.member(to_text(type),
                condition_text(state.conditions[static_cast<std::size_t>(type)], state.since));
  }
  json.end_object();
}

std::optional<EarlierState> read_state(const SectionNode& object) {
  const auto state = parse_state(object["state"].text().value_or(""));
  const auto since = object["since"].as_time();
  if (!state || !since) return std::nullopt;
  EarlierState result{*state, *since};
  if (!object["reason"].is_missing()) {
    const auto reason = parse_reason(object["reason"].text().value_or(""));
    if (!reason) return std::nullopt;
    result.failing_for = *reason;
  }
  for (const ConditionType type : kAllConditionTypes) {
    const auto text = object["conditions"][std::string(to_text(type)).c_str()].text();
    const auto condition = parse_condition(text.value_or(""), *since);
    if (!condition) return std::nullopt;
    result.conditions[static_cast<std::size_t>(type)] = *condition;
  }
  return result;
}

// What most subscriptions show is the same: it is written once, and rows have its index.
class PricingTable {
 public:
  std::size_t index_of(const std::shared_ptr<const Pricing>& pricing) {
    const auto [found, is_new] = index_.emplace(*pricing, list_.size());
    if (is_new) list_.push_back(pricing);
    return found->second;
  }
  void write(JsonWriter& json) const {
    json.key("pricings");
    json.begin_array();
    for (const auto& pricing : list_) write_pricing(json, *pricing);
    json.end_array();
  }

 private:
  std::map<Pricing, std::size_t> index_;
  std::vector<std::shared_ptr<const Pricing>> list_;
};

void write_row(JsonWriter& json, const RememberedRow& row, PricingTable& pricings) {
  json.begin_object();
  json.member("id", row.id.text());
  write_state(json, row.state);
  if (row.last_known != Known::AsDeclared) json.member("lastKnown", to_text(row.last_known));
  json.key("observedAt");
  json.begin_object();
  write_times(json, row.observed_at);
  json.end_object();
  if (row.observed) json.member("observed", pricings.index_of(row.observed));
  if (row.last_change) json.member("lastChange", format_rfc3339(*row.last_change));
  if (row.left) json.member("left", format_rfc3339(*row.left));
  write_differences(json, row.differences);
  json.end_object();
}

using Pricings = std::vector<std::shared_ptr<const Pricing>>;

std::optional<std::shared_ptr<const Pricing>> read_shared_pricing(const SectionNode& item) {
  auto pricing = read_pricing(item);
  if (!pricing) return std::nullopt;
  return std::make_shared<const Pricing>(*std::move(pricing));
}

std::optional<RememberedRow> read_row(const SectionNode& item, const Pricings& pricings) {
  const auto id = item["id"].id();
  const auto state = read_state(item);
  const auto last_known = item["lastKnown"].is_missing()
                              ? std::optional(Known::AsDeclared)
                              : parse_known(item["lastKnown"].text().value_or(""));
  auto differences = read_differences(item);
  if (!id || !state || !last_known || !differences) return std::nullopt;
  RememberedRow row{*id, *state, *last_known, read_times(item["observedAt"])};
  if (!item["observed"].is_missing()) {
    const auto index = item["observed"].count();
    if (!index || *index >= pricings.size()) return std::nullopt;
    row.observed = pricings[*index];
  }
  row.last_change = item["lastChange"].as_time();
  row.left = item["left"].as_time();
  row.differences = *std::move(differences);
  return row;
}

}  // namespace

std::string format(const StatusMemory& memory) {
  JsonWriter json;
  json.begin_object();
  write_in_sync(json, memory);
  PricingTable pricings;
  json.key("others");
  json.begin_array();
  for (const RememberedRow& row : memory.others) write_row(json, row, pricings);
  json.end_array();
  pricings.write(json);
  json.end_object();
  return json.take();
}

Result<StatusMemory> parse_status_section(std::string_view text) {
  const SectionNode root = SectionNode::parse(text);
  StatusMemory memory;
  const auto groups = root["inSync"].items();
  bool good = groups.has_value();
  for (std::size_t i = 0; good && i < groups->size(); ++i)
    good = read_in_sync((*groups)[i], memory);
  memory.in_sync_observed = read_times(root["inSyncObserved"]);
  const auto pricings = root["pricings"].list<Pricings::value_type>(read_shared_pricing);
  auto others = root["others"].list<RememberedRow>(
      [&](const SectionNode& item) { return pricings ? read_row(item, *pricings) : std::nullopt; });
  if (!good || !others)
    return Unexpected(Error{"its data about the subscriptions cannot be parsed"});
  memory.others = *std::move(others);
  return memory;
}

}  // namespace defenderd
