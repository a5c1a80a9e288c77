#pragma once
// The brake: where more is wanted in one direction, within a window of time, than a limit allows,
// all of it is held until a person confirms exactly that. Switching protection off is the dangerous
// direction; switching on costs money. Pure.
//
// An example with a limit of 3 and a window of one hour:
//
//   10:00  an edit wants plans 1, 2 and 3 off      3 wanted                 they are let through
//   10:10  the next edit takes these three out of
//          the list and wants plan 4 off           3 switched + 1 wanted    4 is held
//   10:20  a person confirms the code of {4 off}   3 switched               4 is let through; it
//                                                                           counts for no other
//   10:30  another edit wants 5 and 6 off          3 switched + 2 wanted    5 and 6 are held
//   11:00  1, 2 and 3 have left the window         2 wanted                 5 and 6 are let through
//
// Only time takes a switched change out of the count: no departure from the desired state, no
// sweep and no restart does. Times are steady, so that a clock that is set has no say; memory() and
// recall() translate to and from wall time.

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

  // Takes what has left the window out of the count.
  void pass_time(SteadyTime now);

  // By an observation, all that is wanted of this subscription; replaces what was wanted before.
  void want(SubscriptionId id, const std::vector<Field>& fields);
  // It could not be observed, and so may want this many changes: they count for a window, or until
  // it is observed.
  void may_want(SubscriptionId id, std::size_t changes, SteadyTime now);
  // It is no longer declared, and wants nothing.
  void leave(SubscriptionId id);

  // This change is about to be written: it counts until finished() or lost() says what came of it.
  // Whether it has to be remembered before that; not where it was confirmed or nothing is limited.
  bool let_through(SubscriptionId id, const Field& field);
  // What came of all that was let through: `switched` was, `perhaps` may have been, the rest not.
  void finished(SubscriptionId id, const std::vector<Field>& switched,
                const std::vector<Field>& perhaps, SteadyTime now);
  // Nobody knows what came of it.
  void lost(SubscriptionId id, SteadyTime now);

  [[nodiscard]] bool holds() const;
  // Whether this change is among those that are held now.
  [[nodiscard]] bool holds(SubscriptionId id, const Field& field) const;
  [[nodiscard]] bool is_confirmed(SubscriptionId id, const Field& field) const;
  [[nodiscard]] std::size_t held() const { return holds() ? held_count_ : 0; }
  // Grows whenever what would be held is another set.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  // The held changes as sorted lines "<subscription> <field> off", from which their code is made.
  [[nodiscard]] std::string held_text() const;

  // Lets exactly what is held now through; each until it is done or is no longer wanted.
  void confirm();

  // For people: how many, the limit, the code, and what to write.
  [[nodiscard]] std::string message(std::string_view code) const;

  // What is under way counts as switched now: a crash may hide what came of it.
  [[nodiscard]] RememberedBrake memory(SteadyTime now, WallTime wall) const;
  // Of a memory that was written at `saved`. A clock that was set back since lets no time pass.
  void recall(const RememberedBrake& memory, WallTime saved, SteadyTime now, WallTime wall);

 private:
  struct Entry {
    Field field;
    bool wanted = false;
    bool under_way = false;
    bool confirmed = false;
    std::optional<SteadyTime> switched = {};  // when, unconfirmed; within the window

    [[nodiscard]] bool is_held() const { return wanted && !confirmed && !under_way; }
    [[nodiscard]] bool is_charged() const {
      return switched || (!confirmed && (wanted || under_way));
    }
    [[nodiscard]] bool is_idle() const { return !wanted && !under_way && !confirmed && !switched; }
  };
  using Entries = std::vector<Entry>;
  struct Unread {
    std::size_t changes = 0;
    SteadyTime since;
  };
  // Something that ends when the window has passed `since`.
  struct Ending {
    SteadyTime since;
    SubscriptionId id;
    std::optional<Field> field = {};
  };
  using Endings = std::deque<Ending>;

  [[nodiscard]] const Entry* find(SubscriptionId id, const Field& field) const;
  static Entry& find_or_add(Entries& entries, const Field& field);
  [[nodiscard]] bool has_under_way(SubscriptionId id) const;
  void change_entries(SubscriptionId id, const std::function<void(Entries&)>& change);
  template <class End>
  void end_all(Endings& endings, SteadyTime now, End end);
  void finish(SubscriptionId id, Entry& entry, bool for_sure, SteadyTime now);
  void forget_unread(SubscriptionId id);

  BrakeKind kind_;
  BrakeRule rule_;
  std::unordered_map<SubscriptionId, Entries> entries_;
  std::unordered_map<SubscriptionId, Unread> unread_;
  Endings switched_;  // entries by the time at which they were switched
  Endings unread_by_time_;
  Endings recalled_;               // confirmations of an earlier run that nothing wanted yet
  std::size_t held_count_ = 0;     // wanted, neither confirmed nor under way
  std::size_t charged_count_ = 0;  // these, what is under way, and what was switched lately
  std::size_t unread_count_ = 0;   // what subscriptions may want that could not be observed
  std::uint64_t revision_ = 0;
};

}  // namespace defenderd
