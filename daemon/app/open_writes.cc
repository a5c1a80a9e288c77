#include "app/open_writes.h"

#include <algorithm>
#include <utility>

#include "app/state_sections.h"
#include "core/moment.h"
#include "telemetry/status_memory.h"
#include "telemetry/status_section.h"

namespace defenderd {
namespace {

// Of a subscription that no daemon has reported on.
RememberedRow unseen(SubscriptionId id, WallTime now) {
  RememberedRow row{id};
  row.state.since = now;
  for (EarlierState::Known& condition : row.state.conditions) condition.last_transition = now;
  return row;
}

}  // namespace

OpenWrites::OpenWrites(const Clock& clock) : clock_(clock), saved_(format(StatusMemory())) {}

StateSection OpenWrites::section() {
  StateSection section;
  section.name = kStatusSection;
  // Before the next write: a roll-out that is stopped by a failure must stay so after a crash.
  section.revision = [this] {
    const MutexLock lock(mutex_);
    return StateSection::Revision{.any = revision_, .before_write = revision_};
  };
  section.write = [this] { return text(); };
  section.read = [this](std::string_view text, WallTime saved) { return read(text, saved); };
  return section;
}

Result<Done> OpenWrites::read(std::string_view text, WallTime saved) {
  const auto memory = parse_status_section(text);
  if (!memory) return Unexpected(memory.error());
  auto earlier = unresolved_of(*memory, {clock_.steady_now(), std::max(clock_.wall_now(), saved)});
  std::erase_if(earlier, [](const auto& item) { return item.second.unresolved.empty(); });
  const MutexLock lock(mutex_);
  saved_ = text;
  text_.reset();
  earlier_ = std::move(earlier);
  return Done{};
}

Controller::Earlier OpenWrites::earlier() const {
  const MutexLock lock(mutex_);
  return earlier_;
}

void OpenWrites::note(const Outcome& outcome) {
  const SubscriptionId id = outcome.desired.id;
  Left left{{outcome.unproven, outcome.unconfirmed}, !outcome.drift_left.empty()};
  const MutexLock lock(mutex_);
  const auto known = earlier_.find(id);
  // One that had left the list is declared again, and no longer forgotten after a day.
  const bool is_saved = known == earlier_.end() ? left.unresolved.empty()
                                                : left.unresolved == known->second.unresolved &&
                                                      known->second.until == SteadyTime::max();
  const auto noted = noted_.find(id);
  if (is_saved ? noted == noted_.end() : noted != noted_.end() && noted->second == left) return;
  if (is_saved) {
    noted_.erase(noted);
  } else {
    noted_.insert_or_assign(id, std::move(left));
  }
  text_.reset();
  ++revision_;
}

// Each save asks for it.
std::string OpenWrites::text() {
  const MutexLock lock(mutex_);
  if (!text_) text_ = merged();
  return *text_;
}

std::string OpenWrites::merged() const {
  auto memory =
      noted_.empty() ? Result<StatusMemory>(Unexpected(Error{})) : parse_status_section(saved_);
  if (!memory) return saved_;
  EarlierRows rows;
  rows.set(*std::move(memory));
  StatusMemory merged;
  const WallTime now = clock_.wall_now();
  for (const auto& [id, left] : noted_) {
    auto row = rows.take(id, now);
    if (!row) row = unseen(id, now);
    row->left.reset();
    row->last_known = left.differs ? Known::Different : Known::AsDeclared;
    row->differences.unproven = left.unresolved.unproven;
    row->differences.unconfirmed = left.unresolved.unconfirmed;
    merged.others.push_back(*std::move(row));
  }
  rows.append_to(merged);
  return format(merged);
}

}  // namespace defenderd
