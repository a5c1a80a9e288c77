#include "app/state_sections.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "app/safety_rules.h"
#include "app/section_of.h"
#include "app/state.h"
#include "base/time_text.h"
#include "core/absence.h"
#include "core/moment.h"
#include "telemetry/coverage_memory.h"
#include "telemetry/departures_section.h"
#include "telemetry/findings_section.h"
#include "telemetry/freezes_section.h"
#include "telemetry/in_force_section.h"
#include "telemetry/incidents_section.h"
#include "telemetry/journal_reader.h"
#include "telemetry/questions_section.h"
#include "telemetry/safety_section.h"
#include "telemetry/status_section.h"

namespace defenderd {
namespace {

// An hour of writes with the default budget, read within half a second.
constexpr std::uint64_t kJournalBytes = 16U << 20U;

// Whether ARM has, or may have, the change in the line.
bool may_be_switched(const JournalLine& line) {
  return line.result == to_text(ChangeResult::Applied) || line.result == kUnknownResult ||
         (line.result == to_text(ChangeResult::Failed) && line.maybe_applied);
}

// Of the section's changes, none is worth a save of its own.
StateSection saved_with_ages(StateSection section) {
  section.revision = [of = std::move(section.revision)] {
    return StateSection::Revision{.ages = of().any};
  };
  return section;
}

// Whether the line about the failure stood for it, because the PUT itself failed.
bool was_of_failure(const Change& change, const std::optional<Reason>& failed_for) {
  return change.result == ChangeResult::Failed && change.reason == failed_for &&
         change.reason != Reason::ChangeNotApplied && change.reason != Reason::ExtensionFailed;
}

OutcomeLog::Earlier troubles_of(const StatusMemory& memory) {
  OutcomeLog::Earlier earlier;
  for (const RememberedRow& row : memory.others) {
    OutcomeLog::Trouble trouble;
    if (row.state.state == State::Failing) trouble.failed_for = row.state.failing_for;
    for (const Change& change : row.differences.pending) {
      if (change.result != ChangeResult::Planned && !was_of_failure(change, trouble.failed_for))
        trouble.changes.insert_or_assign(change.drift.field, trouble_text(change));
    }
    if (trouble.failed_for || !trouble.changes.empty()) earlier.emplace(row.id, std::move(trouble));
  }
  return earlier;
}

// What is written by a leader with these files, the next one must not undo with older ones.
StateSection in_force_section(TakeoverWait& takeover) {
  StateSection section;
  section.name = kInForceSection;
  section.revision = [&takeover] {
    const std::uint64_t revision = takeover.revision();
    return StateSection::Revision{revision, revision};
  };
  section.write = [&takeover] { return format(takeover.memory()); };
  section.read = [&takeover](std::string_view text, WallTime) -> Result<Done> {
    auto before = parse_in_force_section(text);
    if (!before) return Unexpected(before.error());
    takeover.recall(*std::move(before));
    return Done{};
  };
  return section;
}

StateSection status_section(const Remembering& parts, const Clock& clock) {
  StateSection section;
  section.name = kStatusSection;
  section.revision = [&board = parts.board] {
    return StateSection::Revision{.any = board.memory_revision(),
                                  .ages = board.observed_revision()};
  };
  section.write = [&board = parts.board] { return format(board.memory()); };
  section.read = [parts, &clock](std::string_view text, WallTime saved) -> Result<Done> {
    auto memory = parse_status_section(text);
    if (!memory) return Unexpected(memory.error());
    const Moment moment{clock.steady_now(), std::max(clock.wall_now(), saved)};
    parts.controller.recall(unresolved_of(*memory, moment));
    parts.outcome_log.recall(troubles_of(*memory));
    parts.board.recall(*std::move(memory));
    return Done{};
  };
  return section;
}

}  // namespace

Controller::Earlier unresolved_of(const StatusMemory& memory, const Moment& moment) {
  Controller::Earlier earlier;
  for (const RememberedRow& row : memory.others) {
    Unresolved unresolved{row.differences.unproven, row.differences.unconfirmed};
    if (row.state.state == State::InSync && unresolved.empty()) continue;
    for (Unconfirmed& change : unresolved.unconfirmed)
      change.written_at = moment.steady_of(change.written);
    Controller::LeftOpen& open = earlier[row.id];
    open.unresolved = std::move(unresolved);
    if (row.left) open.until = moment.steady_of(*row.left) + kAbsenceRemembered;
  }
  return earlier;
}

std::vector<StateSection> state_sections(const Remembering& parts, const Settings& settings,
                                         const Clock& clock) {
  std::vector<StateSection> sections{
      safety_section(parts.safety, settings, clock),
      status_section(parts, clock),
      section_of(kDeparturesSection, parts.departures, parse_departures_section),
      section_of(
          kIncidentsSection, [&of = parts.incidents] { return of.revision(); },
          [&of = parts.incidents] { return format(of.active()); }, parse_incidents_section,
          [&of = parts.incidents](const std::vector<Incident>& earlier) { of.recall(earlier); }),
      section_of(
          kEndedIncidentsSection, [&of = parts.incidents] { return of.revision(); },
          [&of = parts.incidents] { return format(of.ended()); }, parse_ended_incidents_section,
          [&of = parts.incidents](std::vector<EndedIncident> earlier) {
            of.recall_ended(std::move(earlier));
          }),
      section_of(kEventSection, parts.events, parse_event_section),
      section_of(kCoverageSection, parts.unmanaged, parse_coverage_section),
      saved_with_ages(section_of(  // the sample of the present hour, anew after each sweep
          kShareSection, [&of = parts.shares] { return of.revision(); },
          [&of = parts.shares] { return format(of.samples()); }, parse_share_section,
          [&of = parts.shares](std::vector<ShareSample> earlier) {
            of.recall(std::move(earlier));
          })),
      section_of(kQuestionsSection, parts.attributor, parse_questions_section),
      section_of(kFindingsSection, parts.findings, parse_findings_section),
      section_of(kFreezesSection, parts.freezes, parse_freezes_section)};
  if (parts.takeover != nullptr) sections.push_back(in_force_section(*parts.takeover));
  // Where the place is small: first what is observed again, last what has been reported to people.
  constexpr std::array kExpendable{kStatusSection,   kEventSection,    kEndedIncidentsSection,
                                   kShareSection,    kCoverageSection, kFindingsSection,
                                   kQuestionsSection};
  for (StateSection& section : sections) {
    const auto* const found = std::find(kExpendable.begin(), kExpendable.end(), section.name);
    if (found != kExpendable.end())
      section.expendable = static_cast<int>(found - kExpendable.begin()) + 1;
  }
  return sections;
}

StateSection obeyed_freezes_section(Freezes& freezes) {
  const auto saved = std::make_shared<std::string>(format(FreezeMemory()));
  StateSection section;
  section.name = kFreezesSection;
  section.revision = [] { return StateSection::Revision(); };
  section.write = [saved] { return *saved; };
  section.read = [saved, &freezes](std::string_view text, WallTime) -> Result<Done> {
    auto memory = parse_freezes_section(text);
    if (!memory) return Unexpected(memory.error());
    *saved = text;
    freezes.recall(std::move(memory->commanded));
    return Done{};
  };
  return section;
}

void merge_journal(SafetyMemory& memory, const std::string& path, WallTime since) {
  const JournalQuery query{.since = since, .last_bytes = kJournalBytes};
  static_cast<void>(read_journal(path, query, [&](const JournalLine& line) {
    if (!line.confirmed.empty()) memory.spent_codes.push_back(line.confirmed);
    const auto id = SubscriptionId::parse(line.subscription_id);
    const auto at = parse_rfc3339(line.time);
    if (!id || !at || line.field.empty() || !may_be_switched(line)) return;
    const BrakeChange change{*id, Field::parse(kDeclaredPlan, line.field)};
    const BrakeKind kind = line.to == on_off(true) ? BrakeKind::Enable : BrakeKind::Disable;
    RememberedBrake& brake = memory.brakes.at(static_cast<std::size_t>(kind));
    if (line.confirmed.empty()) {
      brake.switched.push_back({change, *at});
    } else if (line.result == to_text(ChangeResult::Applied)) {
      std::erase_if(brake.confirmed, [&](const auto& each) { return each.change == change; });
    }
  }));
}

StateSection safety_section(Safety& safety, const Settings& settings, const Clock& clock) {
  const bool has_journal = is_regular_file(settings.journal_file);
  const auto merge_later = [&clock, has_journal, path = settings.journal_file,
                            window = brake_window(settings.poll)](SafetyMemory& memory,
                                                                  WallTime saved) {
    if (!has_journal) return;
    const WallTime now = clock.wall_now();
    const WallTime first = now - std::chrono::duration_cast<WallTime::duration>(window);
    // If the clock was set back since, what came later has an earlier time.
    merge_journal(memory, path, saved > now ? first : std::max(first, saved));
  };
  StateSection section;
  section.name = kSafetySection;
  section.revision = [&safety] {
    const Safety::Revision revision = safety.revision();
    return StateSection::Revision{revision.any, revision.before_write, revision.ages};
  };
  section.write = [&safety] { return format(safety.memory()); };
  section.read = [&safety, merge_later](std::string_view text, WallTime saved) -> Result<Done> {
    auto memory = parse_safety_section(text);
    if (!memory) return Unexpected(memory.error());
    merge_later(*memory, saved);
    safety.recall(*memory, saved);
    return Done{};
  };
  if (!has_journal) return section;
  section.rebuild = [&safety, &clock, merge_later] {
    SafetyMemory memory;
    merge_later(memory, WallTime());
    safety.recall(memory, clock.wall_now());
  };
  return section;
}

}  // namespace defenderd
