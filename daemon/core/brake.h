#pragma once
// The brake: if more changes in one direction are planned, within a window of time, than a limit
// allows, all of them are held until a person confirms exactly these changes. Switching protection
// off is dangerous; switching it on costs money. Pure.
//
// An example with a limit of 3 and a window of one hour:
//
//   10:00  an edit declares plans 1, 2, 3 off      3 planned                they are written
//   10:10  the next edit removes these three from
//          the list and declares plan 4 off        3 switched + 1 planned   4 is held
//   10:20  a person confirms the code of {4 off}   3 switched               4 is written and does
//                                                                           not count
//   10:30  another edit declares 5 and 6 off       3 switched + 2 planned   5 and 6 are held
//   11:00  1, 2 and 3 have left the window         2 planned                5 and 6 are written
//
// A switched change counts until the window has passed, even if its subscription is removed from
// the desired state, and across sweeps and restarts. Times are steady, so that setting the clock
// has no effect; memory() and recall() translate to and from wall time.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "core/brake_change.h"
#include "core/brake_entries.h"
#include "core/brake_memory.h"
#include "core/diff.h"
#include "core/ids.h"

namespace defenderd {

struct BrakeRule {
  std::optional<int> limit = {};  // nullopt: nothing is ever held
  Duration window = std::chrono::hours(1);
  bool operator==(const BrakeRule&) const = default;
};

// `now` never goes back from call to call. Not thread-safe: its owner locks.
class Brake {
 public:
  explicit Brake(BrakeKind kind) : kind_(kind) {}

  void set_rule(BrakeRule rule) { rule_ = rule; }

  // Stops counting what has left the window.
  void pass_time(SteadyTime now);

  // All changes that this subscription needs, as just observed; replaces the earlier ones.
  void want(SubscriptionId id, const std::vector<Field>& fields);
  // It could not be observed, so it may need this many changes: they count for a window, or until
  // it is observed.
  void may_want(SubscriptionId id, std::size_t changes, SteadyTime now);
  // It is no longer declared, and needs nothing.
  void leave(SubscriptionId id);

  // This change is about to be written: it counts until finished() or lost() says what happened.
  // Returns whether it must be remembered on disk before the write: not if it was confirmed, or if
  // there is no limit.
  bool allow(SubscriptionId id, const Field& field);
  // What happened to the allowed changes: `switched` was written, `perhaps` may have been, the rest
  // was not.
  void finished(SubscriptionId id, const std::vector<Field>& switched,
                const std::vector<Field>& perhaps, SteadyTime now);
  // It is unknown what happened to the allowed changes.
  void lost(SubscriptionId id, SteadyTime now);

  [[nodiscard]] bool holds() const;
  // Whether this change is among those that are held now.
  [[nodiscard]] bool holds(SubscriptionId id, const Field& field) const;
  [[nodiscard]] bool is_confirmed(SubscriptionId id, const Field& field) const;
  // The code that confirmed it; "" if none did.
  [[nodiscard]] std::string confirmed_by(SubscriptionId id, const Field& field) const;
  [[nodiscard]] std::size_t held() const { return holds() ? entries_.held() : 0; }
  // Increases whenever the set of changes that would be held becomes different.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  // The held changes as sorted lines "<subscription> <field> off", from which their code is made.
  [[nodiscard]] std::string held_text() const;

  // Allows exactly what is held now, each change until it is done or no longer planned.
  void confirm(const std::string& code);

  // For people: how many are held, the limit, the code, and what to set.
  [[nodiscard]] std::string message(std::string_view code) const;
  // The same for one subscription, without what changes with every other one: it is not read again
  // for that, and would show a code that no longer confirms anything.
  [[nodiscard]] std::string lasting_message() const;

  // What is in flight counts as switched now: a crash may hide what happened to it.
  [[nodiscard]] RememberedBrake memory(SteadyTime now, WallTime wall) const;
  // Takes a memory that was written at `saved`. If the clock was set back since, no time has
  // passed.
  void recall(const RememberedBrake& memory, WallTime saved, SteadyTime now, WallTime wall);
  // Ends the recalled confirmations of what is not declared, as leave() would have.
  void forget_recalled(const std::function<bool(SubscriptionId)>& is_declared);

 private:
  struct Unread {
    std::size_t changes = 0;
    SteadyTime since;
  };
  // Something that ends when a window has passed since `since`.
  struct Ending {
    SteadyTime since;
    SubscriptionId id;
    std::optional<Field> field = {};
  };
  using Endings = std::deque<Ending>;

  template <class End>
  void end_all(Endings& endings, SteadyTime now, End end);
  [[nodiscard]] std::string limit_text() const;
  void finish(SubscriptionId id, BrakeEntry& entry, bool for_sure, SteadyTime now);
  void forget_unread(SubscriptionId id);

  BrakeKind kind_;
  BrakeRule rule_;
  BrakeEntries entries_;
  std::unordered_map<SubscriptionId, Unread> unread_;
  Endings switched_;  // entries by the time at which they were switched
  Endings unread_by_time_;
  Endings recalled_;  // confirmations of an earlier run that nothing needed yet
  // Changes that unobserved subscriptions may need. The brake holds when these and what the entries
  // charge exceed the limit.
  std::size_t unread_count_ = 0;
  std::uint64_t revision_ = 0;
};

}  // namespace defenderd
