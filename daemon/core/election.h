#pragma once
// One process in a leader election: which request it sends to the lease next, and what an answer
// means. Somebody else sends them (reconcile/leader_election.h). Pure: time and chance are
// arguments.
//
// Leading and being allowed to write are two things. A leader that cannot renew its lease stops
// writing in time, but it goes on as the leader until it sees that somebody else has held the
// lease: if nobody did, nothing was missed and it goes on where it was.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/lease.h"

namespace defenderd {

struct LeaseCall {
  enum class Kind { Read, Create, Update };
  Kind kind = Kind::Read;
  LeaseRecord record = {};  // to be written; an update replaces the lease as it was last seen
};

struct LeaseAnswer {
  enum class Kind {
    Found,     // a read; `record` is the lease
    None,      // it does not exist
    Written,   // by a create or an update; `record` is the lease now
    Conflict,  // not written: it is not as it was seen
    Failed     // nothing is known: no answer, or none that helps
  };
  Kind kind = Kind::Failed;
  LeaseRecord record = {};
};

class Election {
 public:
  // `identity` is unique to this process and not empty.
  Election(std::string identity, std::string url, LeaseTiming timing)
      : url_(std::move(url)), timing_(timing), view_(std::move(identity), timing) {}

  // The request that is due; nullopt before next_at(). Each is answered before the next is asked
  // for.
  [[nodiscard]] std::optional<LeaseCall> next(SteadyTime now, WallTime wall);
  // `sent`: when it was sent. `chance` in [0, 1) spreads the attempts of candidates.
  void answered(const LeaseAnswer& answer, SteadyTime sent, SteadyTime now, double chance);
  // When the next attempt begins.
  [[nodiscard]] SteadyTime next_at() const { return next_at_; }

  [[nodiscard]] bool leads() const { return leads_; }
  // Counts how often it began to lead: another number is another leadership, of which nothing that
  // was known before holds.
  [[nodiscard]] std::uint64_t leadership() const { return leaderships_; }
  // What may be written while it leads; in the past if it does not, or if the lease was deleted.
  [[nodiscard]] LeaseTerm term() const { return leads_ && !gone_since_ ? term_ : LeaseTerm{}; }
  [[nodiscard]] const LeaseView& view() const { return view_; }

  // From now on it does not lead, and is no candidate before `until`; it goes on looking at the
  // lease, to know who leads. The driver gives the lease back.
  void resign(SteadyTime until);

 private:
  [[nodiscard]] LeaseCall write(LeaseCall::Kind kind, WallTime wall) const;
  bool may_create(SteadyTime now);
  void finish(SteadyTime now, double chance);

  const std::string url_;
  const LeaseTiming timing_;
  LeaseView view_;
  std::optional<LeaseCall::Kind> pending_;  // of the attempt that is under way
  bool is_renewing_ = false;                // without having read the lease again
  bool leads_ = false;
  LeaseTerm term_{};
  std::optional<SteadyTime> gone_since_;  // when the lease was first found deleted
  SteadyTime gone_seen_{};                // and last
  std::uint64_t leaderships_ = 0;
  SteadyTime candidate_from_{};  // before that it only reads
  SteadyTime began_{};           // the attempt
  SteadyTime next_at_{};
};

}  // namespace defenderd
