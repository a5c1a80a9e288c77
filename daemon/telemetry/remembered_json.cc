#include "telemetry/remembered_json.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"

namespace defenderd {
namespace {

void text_member(JsonWriter& json, const char* name, std::string_view text) {
  if (!text.empty()) json.member(name, text);
}

std::string text_of(const SectionNode& node) { return node.text().value_or(""); }

void write(JsonWriter& json, const Drift& drift) {
  write_field(json, drift.field);
  json.member("desired", drift.desired);
  json.member("observed", drift.observed);
}

std::optional<Drift> read_drift(const SectionNode& item) {
  auto field = read_field(item);
  const auto desired = item["desired"].on();
  if (!field || !desired) return std::nullopt;
  return Drift{*std::move(field), *desired, text_of(item["observed"])};
}

void write(JsonWriter& json, const DriftSince& drift) {
  write(json, drift.drift);
  json.member("since", format_rfc3339(drift.since));
}

std::optional<DriftSince> read_drift_since(const SectionNode& item) {
  auto drift = read_drift(item);
  const auto since = item["since"].as_time();
  if (!drift || !since) return std::nullopt;
  return DriftSince{*std::move(drift), *since};
}

void write(JsonWriter& json, const ArmTrace& trace) {
  text_member(json, "requestId", trace.request_id);
  text_member(json, "correlationId", trace.correlation_id);
  text_member(json, "clientRequestId", trace.client_request_id);
}

ArmTrace read_trace(const SectionNode& object) {
  return {text_of(object["requestId"]), text_of(object["correlationId"]),
          text_of(object["clientRequestId"])};
}

void write(JsonWriter& json, const Change& change) {
  write(json, change.drift);
  json.member("result", to_text(change.result));
  json.member("reason", to_text(change.reason));
  text_member(json, "message", change.message);
  write(json, change.trace);
}

std::optional<Change> read_change(const SectionNode& item) {
  auto drift = read_drift(item);
  const auto result = parse_change_result(text_of(item["result"]));
  const auto reason = parse_reason(text_of(item["reason"]));
  if (!drift || !result || !reason) return std::nullopt;
  return Change{*std::move(drift), *result, *reason, text_of(item["message"]), read_trace(item)};
}

void write(JsonWriter& json, const Unconfirmed& change) {
  write(json, change.drift);
  json.member("written", format_rfc3339(change.written));
  json.member("writes", change.writes);
  json.member("accepted", change.accepted);
  json.member("reported", change.reported);
  write(json, change.trace);
}

std::optional<Unconfirmed> read_unconfirmed(const SectionNode& item) {
  auto drift = read_drift(item);
  const auto written = item["written"].as_time();
  const auto writes = item["writes"].number();
  const auto accepted = item["accepted"].on();
  const auto reported = item["reported"].on();
  if (!drift || !written || !writes || !accepted || !reported) return std::nullopt;
  const int in_a_row = static_cast<int>(std::clamp<std::int64_t>(*writes, 0, 1000));
  return Unconfirmed{*std::move(drift), read_trace(item), {},       *written,
                     in_a_row,          *accepted,        *reported};
}

void write(JsonWriter& json, const ExtensionFailure& failure) {
  json.member("name", failure.name);
  json.member("message", failure.message);
}

std::optional<ExtensionFailure> read_extension_failure(const SectionNode& item) {
  auto name = item["name"].text();
  if (!name) return std::nullopt;
  return ExtensionFailure{*std::move(name), text_of(item["message"])};
}

void write(JsonWriter& json, const Attribution& attribution) {
  json.key("fields");
  json.begin_array();
  for (const Field& field : attribution.fields) {
    json.begin_object();
    write_field(json, field);
    json.end_object();
  }
  json.end_array();
  json.member("seen", format_rfc3339(attribution.seen_at));
  write_members(json, attribution.actor);
}

std::optional<Attribution> read_attribution(const SectionNode& item) {
  auto fields = item["fields"].list<Field>(read_field);
  const auto seen = item["seen"].as_time();
  const auto kind = parse_actor_kind(text_of(item["kind"]));
  if (!fields || !seen || !kind) return std::nullopt;
  Actor actor{*kind,
              text_of(item["name"]),
              text_of(item["client"]),
              text_of(item["address"]),
              item["at"].as_time(),
              text_of(item["correlationId"]),
              text_of(item["message"])};
  if (auto names = item["names"].list<std::string>([](const auto& name) { return name.text(); }))
    actor.names = *std::move(names);
  return Attribution{*std::move(fields), *seen, std::move(actor)};
}

template <class T>
void write_list(JsonWriter& json, const char* name, const std::vector<T>& list) {
  if (list.empty()) return;
  json.key(name);
  json.begin_array();
  for (const T& item : list) {
    json.begin_object();
    write(json, item);
    json.end_object();
  }
  json.end_array();
}

// An empty one if it is missing.
template <class T, class Read>
bool read_list(const SectionNode& node, std::vector<T>& list, const Read& read) {
  if (node.is_missing()) return true;
  auto items = node.list<T>(read);
  if (!items) return false;
  list = *std::move(items);
  return true;
}

void write_extension(JsonWriter& json, const Extension& extension) {
  json.begin_object();
  json.member("name", extension.name);
  if (extension.enabled) {
    json.member("on", *extension.enabled);
  } else {
    json.member("text", extension.enabled_text);
  }
  json.end_object();
}

std::optional<Extension> read_extension(const SectionNode& item) {
  auto name = item["name"].text();
  if (!name) return std::nullopt;
  return Extension{*std::move(name), item["on"].on(), text_of(item["text"])};
}

}  // namespace

void write_members(JsonWriter& json, const Actor& actor) {
  json.member("kind", to_text(actor.kind));
  text_member(json, "name", actor.name);
  text_member(json, "client", actor.client);
  text_member(json, "address", actor.address);
  if (actor.at) json.member("at", format_rfc3339(*actor.at));
  text_member(json, "correlationId", actor.correlation_id);
  text_member(json, "message", actor.message);
  if (actor.names.empty()) return;
  json.key("names");
  json.begin_array();
  for (const std::string& name : actor.names) json.value(name);
  json.end_array();
}

void write_pricing(JsonWriter& json, const Pricing& pricing) {
  json.begin_object();
  json.member("tier", pricing.tier_text);
  json.key("extensions");
  json.begin_array();
  for (const Extension& extension : pricing.extensions) write_extension(json, extension);
  json.end_array();
  text_member(json, "coverage", pricing.coverage);
  text_member(json, "freeTrialRemaining", pricing.free_trial_remaining);
  json.end_object();
}

std::optional<Pricing> read_pricing(const SectionNode& object) {
  const auto tier = object["tier"].text();
  auto extensions = object["extensions"].list<Extension>(read_extension);
  if (!tier || !extensions) return std::nullopt;
  Pricing pricing;
  pricing.tier = parse_tier(*tier);
  pricing.tier_text = *tier;
  pricing.extensions = *std::move(extensions);
  pricing.coverage = text_of(object["coverage"]);
  pricing.free_trial_remaining = text_of(object["freeTrialRemaining"]);
  return pricing;
}

void write_differences(JsonWriter& json, const Differences& differences) {
  write_list(json, "drift", differences.drift);
  write_list(json, "pendingChanges", differences.pending);
  write_list(json, "lastChanges", differences.last_changes);
  write_list(json, "unproven", differences.unproven);
  write_list(json, "unconfirmed", differences.unconfirmed);
  if (!differences.switched_on_by_service.empty()) {
    json.key("switchedOnByService");
    json.begin_array();
    for (const std::string& name : differences.switched_on_by_service) json.value(name);
    json.end_array();
  }
  if (differences.attribution) {
    json.key("attribution");
    json.begin_object();
    write(json, *differences.attribution);
    json.end_object();
  }
  if (differences.trace == ArmTrace{}) return;
  json.key("trace");
  json.begin_object();
  write(json, differences.trace);
  json.end_object();
}

std::optional<Differences> read_differences(const SectionNode& object) {
  Differences differences;
  const bool good = read_list(object["drift"], differences.drift, read_drift_since) &&
                    read_list(object["pendingChanges"], differences.pending, read_change) &&
                    read_list(object["lastChanges"], differences.last_changes, read_change) &&
                    read_list(object["unproven"], differences.unproven, read_extension_failure) &&
                    read_list(object["unconfirmed"], differences.unconfirmed, read_unconfirmed) &&
                    read_list(object["switchedOnByService"], differences.switched_on_by_service,
                              [](const SectionNode& item) { return item.text(); });
  if (!good) return std::nullopt;
  if (const SectionNode attribution = object["attribution"]; !attribution.is_missing()) {
    differences.attribution = read_attribution(attribution);
    if (!differences.attribution) return std::nullopt;
  }
  differences.trace = read_trace(object["trace"]);
  return differences;
}

}  // namespace defenderd
