// What a brake remembers across a restart.

#include <algorithm>

#include "core/brake.h"
#include "core/moment.h"

namespace defenderd {

RememberedBrake Brake::memory(SteadyTime now, WallTime wall) const {
  const Moment moment{now, wall};
  RememberedBrake memory;
  entries_.each([&](SubscriptionId id, const BrakeEntry& entry) {
    if (entry.confirmed) memory.confirmed.push_back({{id, entry.field}, entry.code});
    const bool counts_now = entry.in_flight && !entry.confirmed;
    if (!counts_now && !entry.switched) return;
    memory.switched.push_back(
        {{id, entry.field}, counts_now ? wall : moment.wall_of(*entry.switched)});
  });
  std::sort(memory.confirmed.begin(), memory.confirmed.end());
  std::sort(memory.switched.begin(), memory.switched.end(), [](const auto& a, const auto& b) {
    return a.at != b.at ? a.at < b.at : a.change < b.change;
  });
  return memory;
}

void Brake::recall(const RememberedBrake& memory, WallTime saved, SteadyTime now, WallTime wall) {
  const Moment moment{now, std::max(wall, saved)};
  for (const auto& [change, code] : memory.confirmed) {
    entries_.change(change.subscription, [&field = change.field, &code = code](auto& entries) {
      BrakeEntry& entry = BrakeEntries::find_or_add(entries, field);
      entry.confirmed = true;
      entry.code = code;
    });
    recalled_.push_back({now, change.subscription, change.field});
  }
  for (const RememberedSwitch& item : memory.switched) {
    const SteadyTime since = moment.steady_of(item.at);
    if (now - since >= rule_.window) continue;
    entries_.change(item.change.subscription, [&](BrakeEntries::List& entries) {
      auto& switched = BrakeEntries::find_or_add(entries, item.change.field).switched;
      switched = std::max(switched.value_or(since), since);
    });
    switched_.push_back({since, item.change.subscription, item.change.field});
  }
  std::sort(switched_.begin(), switched_.end(),
            [](const Ending& a, const Ending& b) { return a.since < b.since; });
  ++revision_;
}

void Brake::forget_recalled(const std::function<bool(SubscriptionId)>& is_declared) {
  std::erase_if(recalled_, [&](const Ending& ending) {
    if (is_declared(ending.id)) return false;
    entries_.change(ending.id, [&](BrakeEntries::List& entries) {
      BrakeEntry* const entry = BrakeEntries::find_in(entries, *ending.field);
      if (entry != nullptr) entry->confirmed = false;
    });
    ++revision_;
    return true;
  });
}

}  // namespace defenderd
