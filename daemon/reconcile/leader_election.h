#pragma once
// Takes part in the election of a leader: sends what core/election.h asks for, and reports who
// leads and until when this process may write.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "core/election.h"
#include "core/failure.h"
#include "core/leadership.h"
#include "reconcile/lease_store.h"

namespace defenderd {

// Thread-safe: one thread runs it, any may ask.
class LeaderElection final {
 public:
  struct Options {
    std::string identity;
    std::string url = {};    // of this process's page, for the others
    std::string lease = {};  // its name, for people
    LeaseTiming timing = {};
  };
  struct Listener {
    // Something that people want to know is different now: who leads, whether this process may
    // write, why not. Called on the thread of run() or step(), without a lock.
    std::function<void(const LeadershipStatus&)> changed = {};
    OnThrow threw = {};
  };
  // Both outlive it.
  LeaderElection(LeaseStore& store, Clock& clock, std::function<double()> chance, Options options,
                 Listener listener);

  void run(const std::stop_token& stop);
  // One attempt, if one is due.
  void step(const std::stop_token& stop);
  [[nodiscard]] SteadyTime next_step() const;

  // Gives the lease back, so that another one need not wait; call it when the last write has ended
  // and run() has returned. Nothing may be written from its start on. Returns when it is given
  // back, or `stop` is requested; false: the others wait until it expires.
  bool release(const std::stop_token& stop);
  // Stops leading, gives the lease back soon, and is no candidate for a while: this process cannot
  // do a leader's work. Any thread.
  void stand_down(Duration pause);

  [[nodiscard]] LeadershipStanding standing() const;
  // The same for one of its leaderships (LeadershipStatus::transitions): over for good when another
  // one has begun.
  [[nodiscard]] LeadershipStanding standing_in(std::uint64_t leadership) const;
  [[nodiscard]] LeadershipStatus status() const;
  // Whether the lease may name this process.
  [[nodiscard]] bool holds() const;

 private:
  LeaseAnswer send(const LeaseCall& call, const std::stop_token& stop);
  LeaseAnswer failed(const Failure& failure, const std::stop_token& stop);
  bool give_back(const std::stop_token& stop);
  [[nodiscard]] LeadershipStatus status_at(SteadyTime now) const REQUIRES(mutex_);
  void report();

  LeaseStore& store_;
  Clock& clock_;
  const std::function<double()> chance_;
  const Options options_;
  const Listener listener_;
  Alarm alarm_;

  // Of the thread that runs it.
  StoredLease seen_;
  int conflicts_ = 0;  // of the attempt that is under way
  LeadershipStatus reported_;

  mutable Mutex mutex_;
  Election election_ GUARDED_BY(mutex_);
  bool owes_lease_ GUARDED_BY(mutex_) = false;  // to be given back
  std::string failure_ GUARDED_BY(mutex_);
  std::uint64_t errors_ GUARDED_BY(mutex_) = 0;
  WallTime since_ GUARDED_BY(mutex_);
};

// One leadership of an election, for what must not outlive it.
class OneLeadership final : public LeadershipSource {
 public:
  OneLeadership(const LeaderElection& election, std::uint64_t number)
      : election_(election), number_(number) {}
  [[nodiscard]] LeadershipStanding standing() const override {
    return election_.standing_in(number_);
  }

 private:
  const LeaderElection& election_;
  const std::uint64_t number_;
};

}  // namespace defenderd
