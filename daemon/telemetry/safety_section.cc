#include "telemetry/safety_section.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/base64url.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

constexpr std::array<const char*, 2> kBrakes{"disable", "enable"};  // by BrakeKind

void write(JsonWriter& json, const BrakeChange& change) {
  json.member("subscription", change.subscription.text());
  write_field(json, change.field);
}

void write(JsonWriter& json, const RememberedSwitch& item) {
  write(json, item.change);
  json.member("at", format_rfc3339(item.at));
}

void write(JsonWriter& json, const RememberedConfirmation& item) {
  write(json, item.change);
  json.member("code", item.code);
}

void write(JsonWriter& json, const RememberedContest& contest) {
  write(json, contest.change);
  json.member("to", on_off(contest.desired));
  json.key("corrections");
  json.begin_array();
  for (const WallTime at : contest.history.corrections) json.value(format_rfc3339(at));
  json.end_array();
  json.member("active", format_rfc3339(contest.history.active_at));
  json.member("since", contest.history.fought);
  json.member("contested", contest.history.contested);
}

std::optional<BrakeChange> read_change(const SectionNode& item) {
  const auto id = item["subscription"].id();
  auto field = read_field(item);
  if (!id || !field) return std::nullopt;
  return BrakeChange{*id, *std::move(field)};
}

std::optional<RememberedSwitch> read_switch(const SectionNode& item) {
  auto change = read_change(item);
  const auto time = item["at"].as_time();
  if (!change || !time) return std::nullopt;
  return RememberedSwitch{*std::move(change), *time};
}

std::optional<RememberedConfirmation> read_confirmation(const SectionNode& item) {
  auto change = read_change(item);
  if (!change) return std::nullopt;
  // Without a code: from a version that did not write it.
  return RememberedConfirmation{*std::move(change), std::string(item["code"].text().value_or(""))};
}

std::optional<RememberedContest> read_contest(const SectionNode& item) {
  auto change = read_change(item);
  const auto to = item["to"].text();
  auto corrections =
      item["corrections"].list<WallTime>([](const auto& at) { return at.as_time(); });
  const auto active = item["active"].as_time();
  const auto since = item["since"].number();
  const auto contested = item["contested"].on();
  const bool is_known = to == on_off(true) || to == on_off(false);
  if (!change || !is_known || !corrections || !active || !since || !contested) return std::nullopt;
  const int fought = static_cast<int>(std::clamp<std::int64_t>(*since, 0, 1000));
  return RememberedContest{*std::move(change),
                           to == on_off(true),
                           {*std::move(corrections), *active, fought, *contested}};
}

// Marks in eight bytes each: for a large fleet it is the longest part of the document.
std::string packed(const std::vector<std::uint64_t>& marks) {
  std::string bytes;
  bytes.reserve(marks.size() * 8);
  for (const std::uint64_t mark : marks) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      bytes += static_cast<char>((mark >> shift) & 0xFFU);
  }
  return base64url(bytes);
}

std::optional<std::vector<std::uint64_t>> unpacked(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() % 8 != 0) return std::nullopt;
  std::vector<std::uint64_t> marks;
  for (std::size_t at = 0; at < bytes->size(); at += 8) {
    std::uint64_t mark = 0;
    for (std::size_t i = 8; i-- > 0;)
      mark = (mark << 8U) | static_cast<unsigned char>((*bytes)[at + i]);
    marks.push_back(mark);
  }
  std::sort(marks.begin(), marks.end());
  return marks;
}

void write(JsonWriter& json, const RememberedRollout& rollout) {
  json.begin_object();
  json.member("reached", packed(rollout.reached));
  json.member("started", packed(rollout.started));
  json.member("excused", packed(rollout.excused));
  json.member("failing", packed(rollout.failing));
  json.key("starts");
  json.begin_array();
  for (const WallTime at : rollout.starts) json.value(format_rfc3339(at));
  json.end_array();
  json.end_object();
}

std::optional<RememberedRollout> read_rollout(const SectionNode& item) {
  const auto marks = [&](const char* name) -> std::optional<std::vector<std::uint64_t>> {
    const auto text = item[name].text();
    return text ? unpacked(*text) : std::nullopt;
  };
  auto reached = marks("reached");
  auto started = marks("started");
  auto excused = marks("excused");
  // Documents of earlier versions do not say it.
  auto failing =
      item["failing"].is_missing() ? std::optional(std::vector<std::uint64_t>()) : marks("failing");
  auto starts = item["starts"].list<WallTime>([](const auto& at) { return at.as_time(); });
  if (!reached || !started || !excused || !failing || !starts) return std::nullopt;
  return RememberedRollout{*std::move(reached), *std::move(started), *std::move(excused),
                           *std::move(failing), *std::move(starts)};
}

std::optional<RememberedBrake> read_brake(const SectionNode& item) {
  auto switched = item["switched"].list<RememberedSwitch>(read_switch);
  auto confirmed = item["confirmed"].list<RememberedConfirmation>(read_confirmation);
  if (!switched || !confirmed) return std::nullopt;
  return RememberedBrake{*std::move(switched), *std::move(confirmed)};
}

template <class List>
void write_list(JsonWriter& json, const char* name, const List& list) {
  json.key(name);
  json.begin_array();
  for (const auto& item : list) {
    json.begin_object();
    write(json, item);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string format(const SafetyMemory& memory) {
  JsonWriter json;
  json.begin_object();
  for (std::size_t i = 0; i < kBrakes.size(); ++i) {
    json.key(kBrakes.at(i));
    json.begin_object();
    write_list(json, "switched", memory.brakes.at(i).switched);
    write_list(json, "confirmed", memory.brakes.at(i).confirmed);
    json.end_object();
  }
  json.key("spentCodes");
  json.begin_array();
  for (const std::string& code : memory.spent_codes) json.value(code);
  json.end_array();
  json.key("withdrawnCodes");
  json.begin_array();
  for (const std::string& code : memory.withdrawn_codes) json.value(code);
  json.end_array();
  write_list(json, "corrections", memory.contests);
  json.key("rollout");
  write(json, memory.rollout);
  json.end_object();
  return json.take();
}

Result<SafetyMemory> parse_safety_section(std::string_view text) {
  const SectionNode root = SectionNode::parse(text);
  SafetyMemory memory;
  const auto text_of = [](const auto& code) { return code.text(); };
  auto codes = root["spentCodes"].list<std::string>(text_of);
  // Documents of earlier versions have none.
  auto withdrawn = root["withdrawnCodes"].is_missing()
                       ? std::optional(std::vector<std::string>())
                       : root["withdrawnCodes"].list<std::string>(text_of);
  auto contests = root["corrections"].is_missing()
                      ? std::optional(std::vector<RememberedContest>())
                      : root["corrections"].list<RememberedContest>(read_contest);
  auto rollout = root["rollout"].is_missing() ? std::optional(RememberedRollout())
                                              : read_rollout(root["rollout"]);
  bool good = codes && withdrawn && contests && rollout;
  for (std::size_t i = 0; good && i < kBrakes.size(); ++i) {
    auto brake = read_brake(root[kBrakes.at(i)]);
    good = brake.has_value();
    if (good) memory.brakes.at(i) = *std::move(brake);
  }
  if (!good) return Unexpected(Error{"its data about the brakes cannot be parsed"});
  memory.spent_codes = *std::move(codes);
  memory.withdrawn_codes = *std::move(withdrawn);
  memory.contests = *std::move(contests);
  memory.rollout = *std::move(rollout);
  return memory;
}

}  // namespace defenderd
