#include "core/brake.h"

#include <algorithm>

#include "base/time_text.h"

namespace defenderd {
namespace {

using List = BrakeEntries::List;

bool contains(const std::vector<Field>& fields, const Field& field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

}  // namespace

template <class End>
void Brake::end_all(Endings& endings, SteadyTime now, End end) {
  while (!endings.empty() && now - endings.front().since >= rule_.window) {
    end(endings.front());
    endings.pop_front();
  }
}

void Brake::pass_time(SteadyTime now) {
  end_all(switched_, now, [&](const Ending& ending) {
    entries_.change(ending.id, [&](List& entries) {
      BrakeEntry* const entry = BrakeEntries::find_in(entries, *ending.field);
      // A change that was switched again counts from then.
      if (entry != nullptr && entry->switched == ending.since) entry->switched.reset();
    });
  });
  end_all(recalled_, now, [&](const Ending& ending) {
    entries_.change(ending.id, [&](List& entries) {
      BrakeEntry* const entry = BrakeEntries::find_in(entries, *ending.field);
      if (entry != nullptr && !entry->wanted) entry->confirmed = false;
    });
  });
  end_all(unread_by_time_, now, [&](const Ending& ending) {
    const auto found = unread_.find(ending.id);
    if (found != unread_.end() && found->second.since == ending.since) forget_unread(ending.id);
  });
}

void Brake::want(SubscriptionId id, const std::vector<Field>& fields) {
  forget_unread(id);
  if (fields.empty() && !entries_.contains(id)) return;
  entries_.change(id, [&](List& entries) {
    for (BrakeEntry& entry : entries) {
      if ((!entry.wanted && !entry.confirmed) || contains(fields, entry.field)) continue;
      entry.wanted = false;
      entry.confirmed = false;
      ++revision_;
    }
    for (const Field& field : fields) {
      BrakeEntry& entry = BrakeEntries::find_or_add(entries, field);
      if (entry.wanted) continue;
      entry.wanted = true;
      ++revision_;
    }
  });
}

void Brake::may_want(SubscriptionId id, std::size_t changes, SteadyTime now) {
  forget_unread(id);
  if (changes == 0) return;
  unread_.emplace(id, Unread{changes, now});
  unread_by_time_.push_back({now, id});
  unread_count_ += changes;
}

void Brake::forget_unread(SubscriptionId id) {
  if (unread_.empty()) return;
  const auto found = unread_.find(id);
  if (found == unread_.end()) return;
  unread_count_ -= found->second.changes;
  unread_.erase(found);
}

void Brake::leave(SubscriptionId id) { want(id, {}); }

bool Brake::allow(SubscriptionId id, const Field& field) {
  if (!rule_.limit) return false;
  bool counts = false;
  entries_.change(id, [&](List& entries) {
    BrakeEntry& entry = BrakeEntries::find_or_add(entries, field);
    entry.in_flight = true;
    counts = !entry.confirmed;
  });
  ++revision_;
  return counts;
}

void Brake::finish(SubscriptionId id, BrakeEntry& entry, bool for_sure, SteadyTime now) {
  entry.in_flight = false;
  // A confirmed change does not count, and stays confirmed until it is known to be done.
  if (!entry.confirmed && rule_.limit) {
    entry.switched = now;
    switched_.push_back({now, id, entry.field});
  }
  if (!for_sure) return;
  entry.wanted = false;
  entry.confirmed = false;
}

void Brake::finished(SubscriptionId id, const std::vector<Field>& switched,
                     const std::vector<Field>& perhaps, SteadyTime now) {
  if (switched.empty() && perhaps.empty() && !entries_.has_in_flight(id)) return;
  entries_.change(id, [&](List& entries) {
    for (const Field& field : switched)
      finish(id, BrakeEntries::find_or_add(entries, field), true, now);
    for (const Field& field : perhaps)
      finish(id, BrakeEntries::find_or_add(entries, field), false, now);
    for (BrakeEntry& entry : entries) entry.in_flight = false;
  });
  ++revision_;
}

void Brake::lost(SubscriptionId id, SteadyTime now) {
  if (!entries_.has_in_flight(id)) return;
  entries_.change(id, [&](List& entries) {
    for (BrakeEntry& entry : entries) {
      if (entry.in_flight) finish(id, entry, false, now);
    }
  });
  ++revision_;
}

bool Brake::holds() const {
  return rule_.limit && entries_.held() > 0 &&
         entries_.charged() + unread_count_ > static_cast<std::size_t>(std::max(*rule_.limit, 0));
}

bool Brake::holds(SubscriptionId id, const Field& field) const {
  if (!holds()) return false;
  const BrakeEntry* const entry = entries_.find(id, field);
  return entry != nullptr && entry->is_held();
}

bool Brake::is_confirmed(SubscriptionId id, const Field& field) const {
  const BrakeEntry* const entry = entries_.find(id, field);
  return entry != nullptr && entry->confirmed;
}

std::string Brake::confirmed_by(SubscriptionId id, const Field& field) const {
  const BrakeEntry* const entry = entries_.find(id, field);
  return entry != nullptr && entry->confirmed ? entry->code : "";
}

std::string Brake::held_text() const {
  if (!holds()) return {};
  std::vector<BrakeChange> changes;
  entries_.each([&](SubscriptionId id, const BrakeEntry& entry) {
    if (entry.is_held()) changes.push_back({id, entry.field});
  });
  std::sort(changes.begin(), changes.end());
  std::string text;
  for (const BrakeChange& change : changes) {
    text += change.subscription.text() + " " + change.field.text() + " ";
    text += on_off(kind_ == BrakeKind::Enable);
    text += '\n';
  }
  return text;
}

void Brake::confirm(const std::string& code) {
  if (!holds()) return;
  entries_.confirm_held(code);
  ++revision_;
}

namespace {

constexpr std::string_view kStepByStep =
    ", or roll them out step by step with `pace` (config/README.md, Roll-outs)";

}  // namespace

std::string Brake::limit_text() const {
  return std::to_string(rule_.limit.value_or(0)) + " that safety." +
         (kind_ == BrakeKind::Enable ? "maxEnablesPerSweep" : "maxDisablesPerSweep") +
         " allows within " + format_duration(rule_.window);
}

std::string Brake::message(std::string_view code) const {
  const bool enable = kind_ == BrakeKind::Enable;
  const std::string direction(on_off(enable));
  const std::size_t before = entries_.charged() - entries_.held();
  std::string text = "held: " + std::to_string(entries_.held());
  text += entries_.held() == 1 ? " plan or extension" : " plans or extensions";
  text += " would be switched " + direction + " at once";
  if (before > 0) {
    text +=
        ", after " + std::to_string(before) + " within the last " + format_duration(rule_.window);
  }
  if (unread_count_ > 0) {
    text += ", with up to " + std::to_string(unread_count_) +
            " more in subscriptions that could not be read";
  }
  text += ", more than the " + limit_text() +
          ". If this is intended, add `confirm: " + std::string(code) +
          "` under `safety:` in the settings to confirm exactly ";
  text += entries_.held() == 1 ? "this one" : "these " + std::to_string(entries_.held());
  if (enable) text += kStepByStep;
  return text + ". If not, correct the desired state; nothing is switched " + direction +
         " until then";
}

std::string Brake::lasting_message() const {
  const bool enable = kind_ == BrakeKind::Enable;
  const std::string direction(on_off(enable));
  std::string text = "held: more plans or extensions would be switched " + direction +
                     " than the " + limit_text() +
                     ". If this is intended, confirm them with the code that the status page, the "
                     "log (event `brake`) and `defenderd diff` show";
  if (enable) text += kStepByStep;
  return text + ". If not, correct the desired state; nothing is switched " + direction +
         " until then";
}

}  // namespace defenderd
