#include "reconcile/leader_election.h"

#include <algorithm>
#include <utility>

#include "base/heartbeat.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// A stop of the program waits at most this long.
constexpr Duration kReleaseWithin = std::chrono::seconds(3);
// kubernetes/kubernetes#91966: a lease of no duration is refused.
constexpr Duration kReleased = std::chrono::seconds(1);

std::string why_not(const LeadershipStatus& status) {
  if (status.leads) {
    std::string text = "the lease " + status.lease + " could not be renewed in time";
    if (!status.failure.empty()) text += " (" + status.failure + ")";
    return text + "; nothing is written until it is, because another replica may lead by then";
  }
  std::string text = "this replica is a standby";
  if (!status.leader.empty()) text += "; the leader is " + status.leader;
  if (!status.leader_url.empty()) text += " (" + status.leader_url + ")";
  return text;
}

// Whether people would notice.
bool differ(const LeadershipStatus& a, const LeadershipStatus& b) {
  return a.leads != b.leads || a.may_write != b.may_write || a.leader != b.leader ||
         a.may_be_replaced != b.may_be_replaced ||
         a.failure != b.failure || a.transitions != b.transitions;
}

}  // namespace

LeaderElection::LeaderElection(LeaseStore& store, Clock& clock, std::function<double()> chance,
                               Options options, Listener listener)
    : store_(store),
      clock_(clock),
      chance_(std::move(chance)),
      options_(std::move(options)),
      listener_(std::move(listener)),
      alarm_(clock),
      election_(options_.identity, options_.url, options_.timing),
      since_(clock.wall_now()) {}

// One conflict is how candidates meet. A second in one attempt, after the lease was read again, is a
// cause that people must know. What a stop interrupts is no failure.
LeaseAnswer LeaderElection::failed(const Failure& failure, const std::stop_token& stop) {
  const bool is_conflict = is_lease_conflict(failure);
  const auto kind = is_conflict ? LeaseAnswer::Kind::Conflict : LeaseAnswer::Kind::Failed;
  if (is_conflict && ++conflicts_ < 2) return {kind};
  if (stop.stop_requested()) return {kind};
  const MutexLock lock(mutex_);
  failure_ = failure.message;
  ++errors_;
  return {kind};
}

LeaseAnswer LeaderElection::send(const LeaseCall& call, const std::stop_token& stop) {
  using Answer = LeaseAnswer::Kind;
  if (call.kind == LeaseCall::Kind::Read) {
    auto read = store_.read(stop);
    if (!read) return failed(read.error(), stop);
    if (!*read) return {Answer::None};
    seen_ = **std::move(read);
    return {Answer::Found, seen_.record};
  }
  auto written = call.kind == LeaseCall::Kind::Create ? store_.create(call.record, stop)
                                                      : store_.update(seen_, call.record, stop);
  if (!written) return failed(written.error(), stop);
  seen_ = *std::move(written);
  return {Answer::Written, seen_.record};
}

void LeaderElection::step(const std::stop_token& stop) {
  bool owes_lease = false;
  {
    const MutexLock lock(mutex_);
    owes_lease = std::exchange(owes_lease_, false);
  }
  if (owes_lease) give_back(stop);
  conflicts_ = 0;
  while (!stop.stop_requested()) {
    beat();
    const SteadyTime sent = clock_.steady_now();
    std::optional<LeaseCall> call;
    {
      const MutexLock lock(mutex_);
      call = election_.next(sent, clock_.wall_now());
    }
    if (!call) break;
    const LeaseAnswer answer = send(*call, stop);
    report();  // a stall that began meanwhile, which the answer may end
    const double chance = chance_();
    const MutexLock lock(mutex_);
    const bool led = election_.leads();
    const std::uint64_t leadership = election_.leadership();
    election_.answered(answer, sent, clock_.steady_now(), chance);
    // A leader's attempt has succeeded when its lease is written.
    const bool is_done = answer.kind == LeaseAnswer::Kind::Written || !election_.leads();
    if (is_done && answer.kind != LeaseAnswer::Kind::Failed && conflicts_ < 2) failure_.clear();
    if (election_.leads() != led || election_.leadership() != leadership)
      since_ = clock_.wall_now();
  }
  report();
}

// A stall begins, and a lease ends, without an answer; attempts are close enough for the latter.
SteadyTime LeaderElection::next_step() const {
  const SteadyTime now = clock_.steady_now();
  const MutexLock lock(mutex_);
  const SteadyTime stall = election_.term().begin_until + std::chrono::milliseconds(1);
  const SteadyTime next = election_.next_at();
  return election_.leads() && stall > now ? std::min(next, stall) : next;
}

void LeaderElection::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!guarded("the election of a leader", listener_.threw, [&] { step(stop); }))
      clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, stop);
    alarm_.wait_until(next_step(), stop);
  }
}

bool LeaderElection::release(const std::stop_token& stop) {
  {
    const MutexLock lock(mutex_);
    election_.resign(SteadyTime::max());
  }
  return give_back(stop);
}

void LeaderElection::stand_down(Duration pause) {
  {
    const MutexLock lock(mutex_);
    election_.resign(clock_.steady_now() + pause);
    owes_lease_ = true;
    since_ = clock_.wall_now();
  }
  alarm_.wake();
}

bool LeaderElection::give_back(const std::stop_token& stop) {
  const SteadyTime deadline = clock_.steady_now() + kReleaseWithin;
  while (!stop.stop_requested() && clock_.steady_now() < deadline) {
    auto read = store_.read(stop);
    if (read && (!*read || (*read)->record.holder != options_.identity)) return true;
    if (read) {
      LeaseRecord record = (*read)->record;
      record.holder.clear();
      record.url.clear();
      record.duration = kReleased;
      record.acquired = record.renewed = format_rfc3339_micros(clock_.wall_now());
      if (store_.update(**read, record, stop)) return true;
    }
    const Duration pause =
        std::min<Duration>(options_.timing.retry_period / 4, std::chrono::milliseconds(500));
    clock_.sleep_until(clock_.steady_now() + pause, stop);
  }
  return false;
}

LeadershipStatus LeaderElection::status_at(SteadyTime now) const {
  LeadershipStatus status;
  status.leads = election_.leads();
  status.may_write = status.leads && now <= election_.term().begin_until;
  status.identity = options_.identity;
  const LeaseView& view = election_.view();
  status.may_be_replaced = status.leads && view.is_over(now);
  if ((status.leads && !status.may_be_replaced) || view.is_held_by_other(now)) {
    status.leader = view.record()->holder;
    status.leader_url = view.record()->url;
  }
  status.lease = options_.lease;
  status.since = since_;
  status.failure = failure_;
  status.transitions = election_.leadership();
  status.errors = errors_;
  return status;
}

LeadershipStatus LeaderElection::status() const {
  const SteadyTime now = clock_.steady_now();
  const MutexLock lock(mutex_);
  return status_at(now);
}

LeadershipStanding LeaderElection::standing() const {
  const SteadyTime now = clock_.steady_now();
  const MutexLock lock(mutex_);
  const LeaseTerm term = election_.term();
  if (election_.leads() && now <= term.begin_until) return {true, term.end_until, {}};
  return {false, {}, why_not(status_at(now))};
}

LeadershipStanding LeaderElection::standing_in(std::uint64_t leadership) const {
  LeadershipStanding now = standing();
  const MutexLock lock(mutex_);
  if (!now.may_write || election_.leadership() == leadership) return now;
  return {false, {}, "this replica is taking over again; what it knew before no longer counts"};
}

bool LeaderElection::holds() const {
  const MutexLock lock(mutex_);
  return election_.leads() || election_.view().is_mine();
}

void LeaderElection::report() {
  LeadershipStatus now = status();
  if (!differ(now, reported_)) return;
  notify(listener_.changed, "reporting who leads", listener_.threw, now);
  reported_ = std::move(now);
}

}  // namespace defenderd
