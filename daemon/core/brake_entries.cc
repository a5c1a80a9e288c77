#include "core/brake_entries.h"

#include <algorithm>

namespace defenderd {
namespace {

template <class List>
auto find_entry(List& entries, const Field& field) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& entry) { return entry.field == field; });
}

}  // namespace

BrakeEntry* BrakeEntries::find_in(List& entries, const Field& field) {
  const auto found = find_entry(entries, field);
  return found == entries.end() ? nullptr : &*found;
}

BrakeEntry& BrakeEntries::find_or_add(List& entries, const Field& field) {
  const auto found = find_entry(entries, field);
  return found != entries.end() ? *found
                                : *entries.insert(entries.end(), BrakeEntry{.field = field});
}

void BrakeEntries::change(SubscriptionId id, const std::function<void(List&)>& change) {
  const auto found = entries_.try_emplace(id).first;
  List& entries = found->second;
  for (const BrakeEntry& entry : entries) {
    held_ -= entry.is_held() ? 1 : 0;
    charged_ -= entry.is_charged() ? 1 : 0;
  }
  change(entries);
  std::erase_if(entries, [](const BrakeEntry& entry) { return entry.is_idle(); });
  for (const BrakeEntry& entry : entries) {
    held_ += entry.is_held() ? 1 : 0;
    charged_ += entry.is_charged() ? 1 : 0;
  }
  if (entries.empty()) entries_.erase(found);
}

void BrakeEntries::confirm_held(const std::string& code) {
  for (auto& [id, entries] : entries_) {
    for (BrakeEntry& entry : entries) {
      if (!entry.is_held()) continue;
      entry.confirmed = true;
      entry.code = code;
      charged_ -= entry.is_charged() ? 0 : 1;
    }
  }
  held_ = 0;
}

const BrakeEntry* BrakeEntries::find(SubscriptionId id, const Field& field) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  const auto entry = find_entry(found->second, field);
  return entry == found->second.end() ? nullptr : &*entry;
}

bool BrakeEntries::has_in_flight(SubscriptionId id) const {
  const auto found = entries_.find(id);
  return found != entries_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [](const BrakeEntry& entry) { return entry.in_flight; });
}

}  // namespace defenderd
