#include "core/election.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace defenderd {

using Call = LeaseCall::Kind;
using Answer = LeaseAnswer::Kind;

LeaseCall Election::write(Call kind, WallTime wall) const {
  if (kind == Call::Read) return {kind};
  return {kind, view_.mine(format_rfc3339_micros(wall), url_)};
}

std::optional<LeaseCall> Election::next(SteadyTime now, WallTime wall) {
  if (!pending_) {
    if (now < next_at_) return std::nullopt;
    began_ = now;
    is_renewing_ = leads_;
    pending_ = leads_ ? Call::Update : Call::Read;
  }
  return write(*pending_, wall);
}

void Election::answered(const LeaseAnswer& answer, SteadyTime sent, SteadyTime now, double chance) {
  const bool renewing = std::exchange(is_renewing_, false);
  const bool resigned = !pending_;  // meanwhile
  pending_.reset();
  if (resigned) {
    if (answer.kind == Answer::Written) view_.renewed(answer.record, sent);
    return;
  }
  switch (answer.kind) {
    case Answer::Written:
      gone_since_.reset();
      view_.renewed(answer.record, sent);
      term_ = term_after(sent, timing_);
      if (!std::exchange(leads_, true)) ++leaderships_;
      break;
    case Answer::Found:
      gone_since_.reset();
      view_.saw(answer.record, now);
      if (!view_.is_mine()) leads_ = false;
      if (!view_.is_held_by_other(now) && now >= candidate_from_) pending_ = Call::Update;
      break;
    case Answer::None:
      if (may_create(now) && now >= candidate_from_) pending_ = Call::Create;
      break;
    case Answer::Conflict:
      if (renewing) pending_ = Call::Read;
      break;
    case Answer::Failed:
      break;
  }
  if (!pending_) finish(now, chance);
}

// The lease does not exist. If it did, somebody has deleted it, and whoever held it may not know
// yet: others wait as long as after a renewal. A holder whose term is not over creates it at once,
// and writes nothing until it has.
bool Election::may_create(SteadyTime now) {
  if (!view_.record()) return true;
  // Between two looks that are far apart it may have been created, and deleted again.
  if (!gone_since_ || now - gone_seen_ > timing_.duration / 2) gone_since_ = now;
  gone_seen_ = now;
  if (leads_ && now <= term_.begin_until) return true;
  leads_ = false;
  return now >= *gone_since_ + view_.record()->duration.value_or(timing_.duration);
}

void Election::finish(SteadyTime now, double chance) {
  if (leads_) {
    next_at_ = std::max(began_ + timing_.retry_period, now);
  } else {
    next_at_ = now + (view_.is_held_by_other(now) ? standby_pause(timing_, chance)
                                                  : candidate_pause(timing_, chance));
  }
}

void Election::resign(SteadyTime until) {
  leads_ = false;
  pending_.reset();
  candidate_from_ = until;
}

}  // namespace defenderd
