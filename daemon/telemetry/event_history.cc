#include "telemetry/event_history.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {
namespace {

// In the order of the section.
constexpr std::array kMembers{&EventCounts::drifts, &EventCounts::corrections,
                              &EventCounts::failures, &EventCounts::withheld, &EventCounts::edits};

EventCounts counts_of(const JournalLine& line) {
  EventCounts counts;
  if (!line.as_declared.empty()) counts.drifts = 1;
  if (line.result == journal_result::kApplied) counts.corrections = 1;
  if (line.result == journal_result::kFailed) counts.failures = 1;
  if (line.result == journal_result::kWithheld) counts.withheld = 1;
  if (line.result == journal_result::kEdited) counts.edits = 1;
  return counts;
}

std::optional<std::pair<WallTime, EventCounts>> read_hour(const SectionNode& item) {
  const auto parts = item.items();
  if (!parts || parts->size() != 1 + kMembers.size()) return std::nullopt;
  const auto at = (*parts)[0].as_time();
  if (!at) return std::nullopt;
  EventCounts counts;
  for (std::size_t i = 0; i < kMembers.size(); ++i) {
    const auto count = (*parts)[i + 1].count();
    if (!count) return std::nullopt;
    counts.*kMembers.at(i) = *count;
  }
  return std::pair(*at, counts);
}

}  // namespace

void EventHistory::known_since(WallTime since) {
  const MutexLock lock(mutex_);
  if (memory_.since && *memory_.since <= since) return;
  memory_.since = since;
  ++revision_;
}

void EventHistory::record(const JournalLine& line) {
  const EventCounts counts = counts_of(line);
  if (counts == EventCounts()) return;
  const auto time = parse_rfc3339(line.time);
  if (!time) return;
  const MutexLock lock(mutex_);
  ++revision_;
  EventCounts& hour = memory_.hours[std::chrono::floor<std::chrono::hours>(*time)];
  for (const auto member : kMembers) hour.*member += counts.*member;
  bound();
}

void EventHistory::bound() {
  while (memory_.hours.size() > kEventHours) memory_.hours.erase(memory_.hours.begin());
}

EventHistory::Memory EventHistory::memory() const {
  const MutexLock lock(mutex_);
  return memory_;
}

void EventHistory::recall(const Memory& earlier) {
  const MutexLock lock(mutex_);
  if (earlier.since && (!memory_.since || *earlier.since < *memory_.since))
    memory_.since = earlier.since;
  for (const auto& [at, counts] : earlier.hours) {
    EventCounts& hour = memory_.hours[at];
    for (const auto member : kMembers) hour.*member = std::max(hour.*member, counts.*member);
  }
  bound();
}

std::uint64_t EventHistory::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

std::string format(const EventHistory::Memory& memory) {
  JsonWriter json;
  json.begin_object();
  if (memory.since) json.member("since", format_rfc3339(*memory.since));
  json.key("hours");
  json.begin_array();
  for (const auto& [at, counts] : memory.hours) {
    json.begin_array();
    json.value(format_rfc3339(at));
    for (const auto member : kMembers) json.value(counts.*member);
    json.end_array();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

Result<EventHistory::Memory> parse_event_section(std::string_view text) {
  const SectionNode section = SectionNode::parse(text);
  const auto hours = section["hours"].list<std::pair<WallTime, EventCounts>>(read_hour);
  const auto since = section["since"].as_time();
  if (!hours || (!since && !section["since"].is_missing()))
    return Unexpected(Error{"its history of events cannot be parsed"});
  EventHistory::Memory memory{since, {}};
  for (const auto& [at, counts] : *hours)
    memory.hours.insert_or_assign(std::chrono::floor<std::chrono::hours>(at), counts);
  return memory;
}

}  // namespace defenderd
