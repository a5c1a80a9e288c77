#include "telemetry/freezes_section.h"

#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

// A freeze of the API is never weekly.
void write(JsonWriter& json, const Freeze& freeze) {
  json.begin_object();
  json.member("reason", freeze.reason);
  json.member("by", freeze.by);
  if (freeze.from) json.member("from", format_rfc3339(*freeze.from));
  if (freeze.until) json.member("until", format_rfc3339(*freeze.until));
  json.member("exceptEnable", freeze.except_enable);
  json.key("owners");
  json.begin_array();
  for (const std::string& owner : freeze.owners) json.value(owner);
  json.end_array();
  json.end_object();
}

std::optional<Freeze> read_freeze(const SectionNode& item) {
  const auto reason = item["reason"].text();
  const auto by = item["by"].text();
  const auto except = item["exceptEnable"].on();
  const auto owners = item["owners"].list<std::string>([](const auto& one) { return one.text(); });
  if (!reason || !by || !except || !owners) return std::nullopt;
  const auto read = [&](const char* name, std::optional<WallTime>& field) {
    field = item[name].as_time();
    return field.has_value() || item[name].is_missing();
  };
  Freeze freeze{.reason = *reason, .by = *by, .except_enable = *except, .owners = *owners};
  if (!read("from", freeze.from) || !read("until", freeze.until)) return std::nullopt;
  return freeze;
}

std::optional<FreezeMemory::Known> read_known(const SectionNode& item) {
  const auto fingerprint = item["freeze"].text();
  const auto since = item["since"].as_time();
  const auto reason = item["reason"].text();
  if (!fingerprint || !since || !reason) return std::nullopt;
  return FreezeMemory::Known{*fingerprint, *since, *reason};
}

}  // namespace

std::string format(const FreezeMemory& memory) {
  JsonWriter json;
  json.begin_object();
  json.key("commanded");
  json.begin_array();
  for (const Freeze& freeze : memory.commanded) write(json, freeze);
  json.end_array();
  json.key("inForce");
  json.begin_array();
  for (const FreezeMemory::Known& known : memory.in_force) {
    json.begin_object();
    json.member("freeze", known.fingerprint);
    json.member("since", format_rfc3339(known.since));
    json.member("reason", known.reason);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

Result<FreezeMemory> parse_freezes_section(std::string_view text) {
  const SectionNode root = SectionNode::parse(text);
  auto commanded = root["commanded"].list<Freeze>(read_freeze);
  auto in_force = root["inForce"].list<FreezeMemory::Known>(read_known);
  if (!commanded || !in_force) return Unexpected(Error{"its data about freezes cannot be parsed"});
  return FreezeMemory{*std::move(commanded), *std::move(in_force)};
}

}  // namespace defenderd
