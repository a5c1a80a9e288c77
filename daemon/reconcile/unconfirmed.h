#pragma once
// What happens to a change that was written and that ARM does not show.
//
// If ARM accepted it, either reads lag behind the write, or the service ignores the value, or
// something else took it back at once. Writing again at once helps in no case, so the next
// reconciles only read, for longer after each write. The service is never said to be contested for
// it: nobody has seen the value in force.
//
// If the answer to the write was lost, or is an error after which ARM may still carry it out (504),
// it is written again as after any failure, and reported as applied if a read shows it. Pure.

#include <vector>

#include "base/clock.h"
#include "core/failure.h"
#include "core/moment.h"
#include "core/outcome.h"

namespace defenderd {

// Reads that lagged for longer than this were never observed: what shows up later may be anybody's.
inline constexpr Duration kReadsLag = std::chrono::minutes(2);
// The same for a write whose answer is not known: ARM's gateway gives up after a minute, while the
// service works on.
inline constexpr Duration kLandsLate = std::chrono::minutes(15);
// The longest pause between two writes of the same value.
inline constexpr Duration kLongestPauseUnconfirmed = std::chrono::hours(1);

// Removes from outcome.unconfirmed what the observation decides: changes that are no longer
// declared, and those that it shows, which become outcome.confirmed if they are not too old.
void confirm(Outcome& outcome, SteadyTime now);

// The drifts that can be written now: all but the unconfirmed ones whose pause lasts.
[[nodiscard]] std::vector<Drift> without_paused(const Outcome& outcome, SteadyTime now);

// For an outcome in which everything to be written is paused.
[[nodiscard]] Failure not_shown_yet(const Outcome& outcome, SteadyTime now, WallTime wall);

// After a write: notes which of its changes are not confirmed. `is_verified`: outcome.observed is
// from a read.
void note_unconfirmed(Outcome& outcome, bool is_verified, const Moment& written_at);
// After a write whose answer is not known, the outcome's failure: notes the changes that it may
// have applied.
void note_unanswered(Outcome& outcome, const Moment& given_up_at);

// The change of one that is confirmed and was not reported.
[[nodiscard]] Change confirmed_change(const Unconfirmed& confirmed);

}  // namespace defenderd
