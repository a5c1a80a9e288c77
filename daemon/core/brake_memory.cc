// What a brake remembers across a restart, and how steady and wall time are converted.

#include <algorithm>

#include "core/brake.h"

namespace defenderd {

RememberedBrake Brake::memory(SteadyTime now, WallTime wall) const {
  RememberedBrake memory;
  for (const auto& [id, entries] : entries_) {
    for (const Entry& entry : entries) {
      if (entry.confirmed) memory.confirmed.push_back({id, entry.field});
      const bool counts_now = entry.in_flight && !entry.confirmed;
      if (!counts_now && !entry.switched) continue;
      const Duration age = counts_now ? Duration::zero() : now - *entry.switched;
      memory.switched.push_back(
          {{id, entry.field}, wall - std::chrono::duration_cast<WallTime::duration>(age)});
    }
  }
  std::sort(memory.confirmed.begin(), memory.confirmed.end());
  std::sort(memory.switched.begin(), memory.switched.end(), [](const auto& a, const auto& b) {
    return a.at != b.at ? a.at < b.at : a.change < b.change;
  });
  return memory;
}

void Brake::recall(const RememberedBrake& memory, WallTime saved, SteadyTime now, WallTime wall) {
  const WallTime present = std::max(wall, saved);
  for (const BrakeChange& change : memory.confirmed) {
    change_entries(change.subscription,
                   [&](Entries& entries) { find_or_add(entries, change.field).confirmed = true; });
    recalled_.push_back({now, change.subscription, change.field});
  }
  for (const RememberedSwitch& item : memory.switched) {
    const Duration age = present - std::min(item.at, present);
    if (age >= rule_.window) continue;
    const SteadyTime since = now - age;
    change_entries(item.change.subscription, [&](Entries& entries) {
      find_or_add(entries, item.change.field).switched = since;
    });
    switched_.push_back({since, item.change.subscription, item.change.field});
  }
  std::sort(switched_.begin(), switched_.end(),
            [](const Ending& a, const Ending& b) { return a.since < b.since; });
  ++revision_;
}

}  // namespace defenderd
