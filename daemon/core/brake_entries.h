#pragma once
// The changes that a brake (core/brake.h) counts: what is wanted, in flight, confirmed or switched,
// by subscription and field, with their totals. Pure.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "core/diff.h"
#include "core/ids.h"

namespace defenderd {

// One field of one subscription.
struct BrakeEntry {
  Field field;
  bool wanted = false;                      // by the last observation
  bool in_flight = false;                   // allowed, with an unknown result so far
  bool confirmed = false;                   // by a code: it is not held, and does not count
  std::string code = {};                    // that one; only while it is confirmed
  std::optional<SteadyTime> switched = {};  // when, if unconfirmed and within the window

  [[nodiscard]] bool is_held() const { return wanted && !confirmed && !in_flight; }
  [[nodiscard]] bool is_charged() const {
    return switched || (!confirmed && (wanted || in_flight));
  }
  [[nodiscard]] bool is_idle() const { return !wanted && !in_flight && !confirmed && !switched; }
};

class BrakeEntries {
 public:
  using List = std::vector<BrakeEntry>;
  // Of the entries that change() passes; nullptr if there is none.
  [[nodiscard]] static BrakeEntry* find_in(List& entries, const Field& field);
  static BrakeEntry& find_or_add(List& entries, const Field& field);

  // All changes of a subscription's entries are made by this, so the totals stay correct. Idle
  // entries are dropped.
  void change(SubscriptionId id, const std::function<void(List&)>& change);
  void confirm_held(const std::string& code);

  [[nodiscard]] bool contains(SubscriptionId id) const { return entries_.contains(id); }
  [[nodiscard]] const BrakeEntry* find(SubscriptionId id, const Field& field) const;
  [[nodiscard]] bool has_in_flight(SubscriptionId id) const;
  // Calls visit(SubscriptionId, const BrakeEntry&), in no order.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const auto& [id, entries] : entries_)
      for (const BrakeEntry& entry : entries) visit(id, entry);
  }

  // Planned, neither confirmed nor in flight.
  [[nodiscard]] std::size_t held() const { return held_; }
  // These, what is in flight, and what was switched in the window.
  [[nodiscard]] std::size_t charged() const { return charged_; }

 private:
  std::unordered_map<SubscriptionId, List> entries_;
  std::size_t held_ = 0;
  std::size_t charged_ = 0;
};

}  // namespace defenderd
