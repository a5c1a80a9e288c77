// Several elections in one simulated world: delays, lost requests and answers, clocks of different
// speed, processes that stand still, restart, and an API that is away. Never may two write at once,
// and never is there nobody for longer than the bound.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "core/election.h"

namespace defenderd {
namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Time in the world, which no process knows.
using Real = Duration;

struct Store {
  std::optional<LeaseRecord> record;
  int version = 0;
};

class Process {
 public:
  Process(int number, LeaseTiming timing, double rate, Real born)
      : election("replica-" + std::to_string(number), "", timing), rate_(rate), born_(born) {}

  // What its clock shows.
  [[nodiscard]] SteadyTime local(Real now) const {
    return SteadyTime(seconds(1000)) + duration_cast<Duration>((now - born_) * rate_);
  }
  [[nodiscard]] Real real(SteadyTime time) const {
    return born_ + duration_cast<Duration>((time - SteadyTime(seconds(1000))) / rate_);
  }

  Election election;
  int seen = 0;  // the version of the lease
  Real asleep_until{0};
  std::optional<LeaseCall> call;
  SteadyTime sent;
  std::uint64_t number_of_call = 0;
  Real write_ends{-1};

 private:
  double rate_;
  Real born_;
};

struct Event {
  enum class Kind { Step, Arrive, Answer, Write };
  Real at;
  std::uint64_t order;
  Kind kind;
  std::size_t who;
  std::uint64_t call = 0;
  int incarnation = 0;
  LeaseAnswer answer = {};
  int version = 0;
  bool operator<(const Event& other) const {  // the earliest is the top of a priority_queue
    return at != other.at ? at > other.at : order > other.order;
  }
};

class ElectionWorld {
 public:
  ElectionWorld(std::size_t replicas, LeaseTiming timing, std::uint32_t seed)
      : timing_(timing), random_(seed), incarnations_(replicas, 0) {
    for (std::size_t i = 0; i < replicas; ++i) {
      processes_.push_back(make());
      push({now_, 0, Event::Kind::Step, i});
      push({now_ + seconds(1), 0, Event::Kind::Write, i});
    }
  }

  void run(Real until) {
    while (now_ < until) {
      Event event = events_.top();
      events_.pop();
      now_ = event.at;
      calm_ = now_ % kEpoch < kCalm;
      handle(std::move(event));
      watch();
    }
  }

  std::size_t writes = 0;
  std::size_t refused = 0;  // writes of those that may not
  std::size_t hand_overs = 0;
  std::size_t deletions = 0;
  Real longest_without{0};  // a leader that may write, while all is well
  std::vector<std::string> faults = {};

 private:
  static constexpr Real kEpoch = seconds(240);
  static constexpr Real kCalm = seconds(120);

  std::unique_ptr<Process> make() {
    const double rate = 0.9 + 0.2 * chance();
    return std::make_unique<Process>(++numbers_, timing_, rate, now_ - seconds(1));
  }
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  Real some(Real most) { return duration_cast<Real>(most * chance()); }
  void push(Event event) {
    event.order = ++orders_;
    event.incarnation = incarnations_[event.who];
    events_.push(std::move(event));
  }

  void handle(Event event) {
    if (event.kind == Event::Kind::Arrive) return arrive(std::move(event));
    Process& process = *processes_[event.who];
    if (event.incarnation != incarnations_[event.who]) return;  // of a process that is gone
    if (now_ < process.asleep_until) {
      event.at = process.asleep_until;
      events_.push(std::move(event));
      return;
    }
    switch (event.kind) {
      case Event::Kind::Step:
        return step(event.who);
      case Event::Kind::Answer:
        return answered(event);
      default:
        return write(event.who);
    }
  }

  void step(std::size_t who) {
    Process& process = *processes_[who];
    if (process.call) return;
    if (!calm_ && chance() < 0.02) process.asleep_until = now_ + some(seconds(60));  // SIGSTOP
    // A new process knows nothing of a lease that was deleted before it began.
    const bool was_deleted = now_ - deleted_ < seconds(30);
    if (!calm_ && !was_deleted && chance() < 0.01 && now_ >= process.write_ends)
      return restart(who);
    const bool is_first = now_ - deleted_ > seconds(120);  // in a while
    if (!calm_ && is_first && chance() < 0.002 && all_have_seen_it()) {
      store_.record.reset();
      ++store_.version;
      deleted_ = now_;
      ++deletions;
    }
    process.sent = process.local(now_);
    process.call =
        process.election.next(process.sent, WallTime(duration_cast<WallTime::duration>(now_)));
    if (!process.call) {
      const Real next = process.real(process.election.next_at()) + milliseconds(1);
      push({std::max(next, now_ + milliseconds(1)), 0, Event::Kind::Step, who});
      return;
    }
    const std::uint64_t number = ++process.number_of_call;
    const Real timeout = process.real(process.sent + lease_request_timeout(timing_));
    push({timeout, 0, Event::Kind::Answer, who, number});
    const double lost = calm_ ? 0 : 0.15;
    if (chance() < lost || is_away()) return;
    const Real slow = calm_ ? milliseconds(50) : seconds(6);
    push({now_ + some(chance() < 0.1 ? slow : milliseconds(50)), 0, Event::Kind::Arrive, who,
          number});
  }

  [[nodiscard]] bool all_have_seen_it() const {
    return store_.record && std::all_of(processes_.begin(), processes_.end(), [&](const auto& one) {
             return one->election.view().record() &&
                    one->election.view().record()->holder == store_.record->holder;
           });
  }
  [[nodiscard]] bool is_away() const {  // the API, for a minute and a half
    return !calm_ && now_ % kEpoch > seconds(150) && (now_ / kEpoch) % 3 == 0;
  }

  // At the API: also for a process that stands still or is gone.
  void arrive(Event event) {
    if (event.incarnation != incarnations_[event.who]) return;
    const Process& process = *processes_[event.who];
    if (!process.call || event.call != process.number_of_call) return late(process, event);
    event.answer = apply(*process.call, process.seen);
    event.version = store_.version;
    event.kind = Event::Kind::Answer;
    if (!calm_ && chance() < 0.1) return;  // the answer is lost
    event.at = now_ + some(milliseconds(50));
    event.order = ++orders_;
    events_.push(std::move(event));
  }
  // The process has given up the request, and it is carried out nevertheless. What it was is no
  // longer known here; a renewal by the version that was seen is the worst case.
  void late(const Process& process, const Event&) {
    if (!store_.record || !process.election.view().is_mine()) return;
    apply({LeaseCall::Kind::Update, *process.election.view().record()}, process.seen);
  }

  LeaseAnswer apply(const LeaseCall& call, int seen) {
    using Answer = LeaseAnswer::Kind;
    switch (call.kind) {
      case LeaseCall::Kind::Read:
        if (!store_.record) return {Answer::None};
        return {Answer::Found, *store_.record};
      case LeaseCall::Kind::Create:
        if (store_.record) return {Answer::Conflict};
        break;
      case LeaseCall::Kind::Update:
        if (!store_.record || seen != store_.version) return {Answer::Conflict};
        break;
    }
    store_.record = call.record;
    ++store_.version;
    return {Answer::Written, call.record};
  }

  void answered(const Event& event) {
    Process& process = *processes_[event.who];
    if (!process.call || event.call != process.number_of_call) return;
    if (event.answer.kind == LeaseAnswer::Kind::Found ||
        event.answer.kind == LeaseAnswer::Kind::Written)
      process.seen = event.version;
    process.call.reset();
    const std::uint64_t before = process.election.leadership();
    process.election.answered(event.answer, process.sent, process.local(now_), chance());
    if (process.election.leadership() != before) ++hand_overs;
    push({now_, 0, Event::Kind::Step, event.who});
  }

  // Each replica tries to write all the time.
  void write(std::size_t who) {
    Process& process = *processes_[who];
    push({now_ + some(milliseconds(800)) + milliseconds(1), 0, Event::Kind::Write, who});
    if (now_ < process.write_ends) return;
    const LeaseTerm term = process.election.term();
    if (!process.election.leads() || process.local(now_) > term.begin_until) {
      ++refused;
      return;
    }
    ++writes;
    process.write_ends = std::min(now_ + some(seconds(90)), process.real(term.end_until));
    for (std::size_t other = 0; other < processes_.size(); ++other) {
      if (other == who || processes_[other]->write_ends <= now_) continue;
      faults.push_back("two write at " + std::to_string(duration_cast<milliseconds>(now_).count()));
    }
  }

  // By SIGTERM, which gives the lease back, or by SIGKILL.
  void restart(std::size_t who) {
    Process& process = *processes_[who];
    const bool gives_back = process.election.leads() && chance() < 0.5;
    if (gives_back && store_.record && process.seen == store_.version && !is_away()) {
      store_.record->holder.clear();
      store_.record->duration = seconds(1);
      ++store_.version;
    }
    ++incarnations_[who];
    processes_[who] = make();
    push({now_ + some(seconds(3)), 0, Event::Kind::Step, who});
    push({now_ + seconds(1), 0, Event::Kind::Write, who});
  }

  void watch() {
    bool is_led = false;
    for (const auto& process : processes_) {
      is_led = is_led || (process->election.leads() &&
                          process->local(now_) <= process->election.term().begin_until);
    }
    // While all is well, the wait begins with that.
    const bool somebody_sleeps =
        std::any_of(processes_.begin(), processes_.end(),
                    [&](const auto& process) { return now_ < process->asleep_until; });
    if (is_led || !calm_ || somebody_sleeps) without_since_ = now_;
    longest_without = std::max(longest_without, now_ - without_since_);
  }

  const LeaseTiming timing_;
  std::mt19937 random_;
  std::priority_queue<Event> events_;
  std::uint64_t orders_ = 0;
  int numbers_ = 0;
  Real now_ = seconds(1);
  bool calm_ = true;
  Real without_since_ = seconds(1);
  Real deleted_ = -seconds(1000);
  Store store_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<int> incarnations_;
};

// 20 by default; the soak runs ten thousand.
Real simulated() {
  const char* const wanted = std::getenv("DEFENDERD_MODEL_HOURS");
  return hours(wanted == nullptr ? 20 : std::atoi(wanted));
}

TEST(ElectionModel, NeverTwoThatWriteAndNeverNobodyForLong) {
  const LeaseTiming timing;
  // The slowest clock waits out the lease, then a candidate's pause and two slow requests.
  const Real bound = duration_cast<Real>(
      (timing.duration + candidate_pause(timing, 1) + 2 * lease_request_timeout(timing)) / 0.9);
  for (const std::size_t replicas : {2U, 3U}) {
    for (const std::uint32_t seed : {1U, 2U}) {
      ElectionWorld world(replicas, timing, seed);
      world.run(simulated() / 4);
      EXPECT_TRUE(world.faults.empty())
          << world.faults.size() << " of " << world.writes << ", first: " << world.faults.front();
      EXPECT_LE(world.longest_without, bound)
          << duration_cast<milliseconds>(world.longest_without).count() << " ms without a leader";
      // The world is one in which things happen.
      EXPECT_GT(world.writes, 100U);
      EXPECT_GT(world.refused, 100U);
      EXPECT_GT(world.hand_overs, 20U);
      EXPECT_GT(world.deletions, 3U);
    }
  }
}

}  // namespace
}  // namespace defenderd
