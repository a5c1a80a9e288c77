#include "core/brake.h"

#include <algorithm>
#include <iterator>

namespace defenderd {
namespace {

// The end of the sweep in which a change was applied, and of the whole one after it.
constexpr int kCountsFor = 2;

bool contains(const std::vector<Field>& fields, const Field& field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

template <class Entries>
auto find_entry(Entries& entries, const Field& field) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& entry) { return entry.field == field; });
}

}  // namespace

std::vector<Field> counted(BrakeKind kind, const std::vector<Drift>& wanted) {
  const bool plan_goes_on = std::any_of(wanted.begin(), wanted.end(), [](const Drift& drift) {
    return drift.field.is_plan() && drift.desired;
  });
  std::vector<Field> fields;
  for (const Drift& drift : wanted) {
    if (drift.desired != (kind == BrakeKind::Enable)) continue;
    if (plan_goes_on && !drift.field.is_plan()) continue;
    fields.push_back(drift.field);
  }
  return fields;
}

void Brake::add(const Entries& entries) {
  for (const Entry& entry : entries) {
    if (entry.confirmed) continue;
    pending_ += entry.wanted ? 1 : 0;
    counted_ += entry.wanted || entry.applied > 0 ? 1 : 0;
  }
}

void Brake::subtract(const Entries& entries) {
  for (const Entry& entry : entries) {
    if (entry.confirmed) continue;
    pending_ -= entry.wanted ? 1 : 0;
    counted_ -= entry.wanted || entry.applied > 0 ? 1 : 0;
  }
}

void Brake::drop_if_idle(SubscriptionId id) {
  const auto found = entries_.find(id);
  std::erase_if(found->second,
                [](const Entry& entry) { return !entry.wanted && entry.applied == 0; });
  if (found->second.empty()) entries_.erase(found);
}

void Brake::want(SubscriptionId id, const std::vector<Field>& fields) {
  if (fields.empty() && !entries_.contains(id)) return;
  Entries& entries = entries_[id];
  subtract(entries);
  for (Entry& entry : entries) {
    if (!entry.wanted || contains(fields, entry.field)) continue;
    entry.wanted = false;
    entry.confirmed = false;
    ++revision_;
  }
  for (const Field& field : fields) {
    auto entry = find_entry(entries, field);
    if (entry == entries.end()) entry = entries.insert(entries.end(), Entry{field});
    if (entry->wanted) continue;
    entry->wanted = true;
    ++revision_;
  }
  add(entries);
  drop_if_idle(id);
}

void Brake::applied(SubscriptionId id, const Field& field) {
  Entries& entries = entries_[id];
  subtract(entries);
  auto entry = find_entry(entries, field);
  if (entry == entries.end()) entry = entries.insert(entries.end(), Entry{field});
  entry->applied = entry->confirmed ? 0 : kCountsFor;  // a confirmed one counts for nobody else
  entry->wanted = false;
  entry->confirmed = false;
  ++revision_;
  add(entries);
  drop_if_idle(id);
}

void Brake::forget(SubscriptionId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  subtract(found->second);
  entries_.erase(found);
  ++revision_;
}

void Brake::end_sweep() {
  pending_ = 0;
  counted_ = 0;
  for (auto item = entries_.begin(); item != entries_.end();) {
    Entries& entries = item->second;
    for (Entry& entry : entries) entry.applied = std::max(entry.applied - 1, 0);
    std::erase_if(entries, [](const Entry& e) { return !e.wanted && e.applied == 0; });
    add(entries);
    item = entries.empty() ? entries_.erase(item) : std::next(item);
  }
}

bool Brake::holds() const {
  return limit_ && pending_ > 0 && counted_ > static_cast<std::size_t>(std::max(*limit_, 0));
}

const Brake::Entry* Brake::find(SubscriptionId id, const Field& field) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  const auto entry = find_entry(found->second, field);
  return entry == found->second.end() ? nullptr : &*entry;
}

bool Brake::holds(SubscriptionId id, const Field& field) const {
  if (!holds()) return false;
  const Entry* const entry = find(id, field);
  return entry != nullptr && entry->wanted && !entry->confirmed;
}

bool Brake::is_confirmed(SubscriptionId id, const Field& field) const {
  const Entry* const entry = find(id, field);
  return entry != nullptr && entry->confirmed;
}

std::string Brake::held_text() const {
  if (!holds()) return {};
  std::vector<BrakeChange> changes;
  for (const auto& [id, entries] : entries_) {
    for (const Entry& entry : entries) {
      if (entry.wanted && !entry.confirmed) changes.push_back({id, entry.field});
    }
  }
  std::sort(changes.begin(), changes.end());
  std::string text;
  for (const BrakeChange& change : changes) {
    text += change.subscription.text() + " " + change.field.text() + " ";
    text += on_off(kind_ == BrakeKind::Enable);
    text += '\n';
  }
  return text;
}

void Brake::confirm() {
  if (!holds()) return;
  for (auto& [id, entries] : entries_) {
    for (Entry& entry : entries) entry.confirmed = entry.confirmed || entry.wanted;
  }
  counted_ -= pending_;
  pending_ = 0;
  ++revision_;
}

std::string Brake::message(std::string_view code) const {
  const bool enable = kind_ == BrakeKind::Enable;
  const std::string direction = enable ? "on" : "off";
  const std::size_t before = counted_ - pending_;
  std::string text = "held: " + std::to_string(pending_);
  text += pending_ == 1 ? " plan or extension" : " plans or extensions";
  text += " would be switched " + direction + " at once";
  if (before > 0) text += ", after " + std::to_string(before) + " lately";
  text += ", more than the " + std::to_string(limit_.value_or(0)) + " that safety.";
  text += enable ? "maxEnablesPerSweep" : "maxDisablesPerSweep";
  text += " allows. If that is meant, write `confirm: " + std::string(code) +
          "` under `safety:` in the settings: it lets exactly ";
  text += pending_ == 1 ? "this one" : "these " + std::to_string(pending_);
  return text + " through. If not, correct the desired state; none is switched " + direction +
         " meanwhile";
}

}  // namespace defenderd
