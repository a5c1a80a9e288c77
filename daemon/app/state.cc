#include "app/state.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "app/safety_rules.h"
#include "base/time_text.h"
#include "telemetry/journal_reader.h"
#include "telemetry/safety_section.h"
#include "telemetry/state_file.h"

namespace defenderd {
namespace {

// An hour of writes with the default budget, read within half a second.
constexpr std::uint64_t kJournalBytes = 16U << 20U;

bool is_regular_file(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && path != "-" && std::filesystem::is_regular_file(path, ignored);
}

// Whether ARM has, or may have, the change in the line.
bool may_be_switched(const JournalLine& line) {
  return line.result == to_text(ChangeResult::Applied) || line.result == kUnknownResult ||
         (line.result == to_text(ChangeResult::Failed) && line.maybe_applied);
}

}  // namespace

std::string state_path(const Settings& settings) {
  if (!settings.state_file.empty() || !is_regular_file(settings.journal_file)) {
    return settings.state_file;
  }
  return std::filesystem::path(settings.journal_file).replace_filename("state.json").string();
}

Result<std::unique_ptr<StateStore>> open_state(const Settings& settings, bool read_only) {
  std::string path = state_path(settings);
  if (path.empty()) return std::unique_ptr<StateStore>();
  std::error_code ignored;
  if (path == settings.journal_file ||
      std::filesystem::equivalent(path, settings.journal_file, ignored)) {
    return Unexpected(
        Error{"the state file " + path + " is also journal.file: use another name for state.file"});
  }
  if (read_only) return std::unique_ptr<StateStore>(StateFile::open_to_read(std::move(path)));
  auto file = StateFile::open(std::move(path));
  if (!file) return Unexpected(file.error());
  return std::unique_ptr<StateStore>(*std::move(file));
}

SafetyMemory switched_by_journal(const std::string& path, WallTime since) {
  SafetyMemory memory;
  JournalQuery query{.since = since, .last_bytes = kJournalBytes};
  static_cast<void>(read_journal(path, query, [&](const JournalLine& line) {
    const auto id = SubscriptionId::parse(line.subscription_id);
    const auto at = parse_rfc3339(line.time);
    if (!id || !at || line.field.empty() || !may_be_switched(line)) return;
    const BrakeKind kind = line.to == on_off(true) ? BrakeKind::Enable : BrakeKind::Disable;
    RememberedBrake& brake = memory.brakes.at(static_cast<std::size_t>(kind));
    brake.switched.push_back({{*id, Field::parse(kDeclaredPlan, line.field)}, *at});
  }));
  return memory;
}

StateSection safety_section(Safety& safety, const Settings& settings, const Clock& clock) {
  StateSection section;
  section.name = kSafetySection;
  section.revision = [&safety] {
    const Safety::Revision revision = safety.revision();
    return StateSection::Revision{revision.any, revision.before_write};
  };
  section.write = [&safety] { return format(safety.memory()); };
  section.read = [&safety](std::string_view text, WallTime saved) -> Result<Done> {
    const auto memory = parse_safety_section(text);
    if (!memory) return Unexpected(memory.error());
    safety.recall(*memory, saved);
    return Done{};
  };
  if (!is_regular_file(settings.journal_file)) return section;
  section.rebuild = [&safety, &clock, path = settings.journal_file,
                     window = brake_window(settings.poll)] {
    const WallTime now = clock.wall_now();
    const WallTime since = now - std::chrono::duration_cast<WallTime::duration>(window);
    safety.recall(switched_by_journal(path, since), now);
  };
  return section;
}

}  // namespace defenderd
