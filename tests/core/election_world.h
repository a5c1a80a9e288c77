#pragma once
// Several elections in one simulated world: delays, lost requests and answers, requests that arrive
// after they were given up, clocks of different speed, processes that stand still, end or are
// killed, and an API that is away. The world goes from event to event.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/election.h"

namespace defenderd {

// Time in the world, which no process knows.
using Real = Duration;

struct Store {
  std::optional<LeaseRecord> record;
  int version = 0;
};

// A request under way, and then its answer.
struct Message {
  LeaseCall call;
  int version = 0;  // that the lease must have, and then that it has
  LeaseAnswer answer = {};
};

class Process {
 public:
  Process(int number, LeaseTiming timing, double rate, Real born)
      : election("replica-" + std::to_string(number), "", timing), rate_(rate), born_(born) {}

  // What its clock shows.
  [[nodiscard]] SteadyTime local(Real now) const {
    return SteadyTime(std::chrono::seconds(1000)) +
           std::chrono::duration_cast<Duration>((now - born_) * rate_);
  }
  [[nodiscard]] Real real(SteadyTime time) const {
    return born_ + std::chrono::duration_cast<Duration>(
                       (time - SteadyTime(std::chrono::seconds(1000))) / rate_);
  }

  Election election;
  int seen = 0;  // the version of the lease
  Real asleep_until{0};
  bool waits = false;  // for the answer to the last call
  std::uint64_t calls = 0;
  SteadyTime sent;
  Real times_out{0};
  Real may_begin_until{-1};  // a write, by its own clock
  Real write_ends{-1};
  bool is_to_write = false;  // there is an event for it

 private:
  double rate_;
  Real born_;
};

constexpr std::uint32_t kNoMessage = ~0U;

struct Event {
  enum class Kind : std::uint8_t { Step, Arrive, Answer, Write };
  Real at;
  Kind kind;
  std::uint8_t who;
  std::uint32_t message = kNoMessage;  // an answer without one is a request that timed out
  std::uint64_t call = 0;
  std::uint64_t order = 0;
  int incarnation = 0;
  bool operator<(const Event& other) const {  // the earliest is the top of a priority_queue
    return at != other.at ? at > other.at : order > other.order;
  }
};

// What has happened in a world.
struct Tried {
  std::size_t writes = 0, refused = 0;  // refused: of those that may not
  std::size_t last_moments = 0;         // writes that began at the end of a term
  std::size_t terms = 0, leaderships = 0, stalls = 0, deletions = 0, outages = 0;
  std::size_t lost_requests = 0, lost_answers = 0, late_requests = 0;
  std::size_t sleeps = 0, kills = 0, releases = 0;

  [[nodiscard]] std::string text() const {
    std::string result;
    const auto add = [&](std::size_t count, const char* what) {
      result += (result.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    };
    add(terms, "terms");
    add(leaderships, "leaderships");
    add(stalls, "stalls that the same leader ended");
    add(writes, "writes");
    add(last_moments, "of them at the end of a term");
    add(refused, "writes refused");
    add(lost_requests, "requests lost");
    add(lost_answers, "answers lost");
    add(late_requests, "requests carried out after they were given up");
    add(outages, "requests during outages of the API");
    add(sleeps, "processes stopped for a while");
    add(kills, "killed");
    add(releases, "ended with the lease given back");
    add(deletions, "deletions of the lease");
    return result;
  }
};

class ElectionWorld {
 public:
  ElectionWorld(std::size_t replicas, LeaseTiming timing, std::uint32_t seed)
      : timing_(timing), random_(seed), incarnations_(replicas, 0) {
    for (std::uint8_t i = 0; i < replicas; ++i) {
      processes_.push_back(make());
      push({now_, Event::Kind::Step, i});
    }
  }

  void run(Real until) {
    while (now_ < until) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      watch();
      handle(event);
    }
  }

  Tried tried;
  Real longest_without{0};  // a leader that may write, while all is well
  std::vector<std::string> faults = {};

 private:
  static constexpr Real kEpoch = std::chrono::seconds(240);
  static constexpr Real kCalm = std::chrono::seconds(120);

  std::unique_ptr<Process> make() {
    const double rate = 0.9 + 0.2 * chance();
    return std::make_unique<Process>(++numbers_, timing_, rate, now_ - std::chrono::seconds(1));
  }
  double chance() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }
  Real some(Real most) { return std::chrono::duration_cast<Real>(most * chance()); }
  void push(Event event) {
    event.order = ++orders_;
    event.incarnation = incarnations_[event.who];
    events_.push(event);
  }
  std::uint32_t keep(Message message) {
    if (free_.empty()) {
      messages_.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(messages_.size() - 1));
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    messages_[slot] = std::move(message);
    return slot;
  }

  void handle(Event event) {
    if (event.kind == Event::Kind::Arrive) return arrive(event);
    Process& process = *processes_[event.who];
    const bool is_gone = event.incarnation != incarnations_[event.who];
    if (!is_gone && now_ < process.asleep_until) {
      event.at = process.asleep_until;
      events_.push(event);
      return;
    }
    if (!is_gone && event.kind == Event::Kind::Step) step(event.who);
    if (!is_gone && event.kind == Event::Kind::Answer) answered(event);
    if (!is_gone && event.kind == Event::Kind::Write) write(event.who);
    if (event.message != kNoMessage) free_.push_back(event.message);
  }

  void step(std::uint8_t who) {
    Process& process = *processes_[who];
    if (!calm_ && chance() < 0.02) {  // SIGSTOP, or the machine is suspended
      process.asleep_until = now_ + some(std::chrono::seconds(60));
      ++tried.sleeps;
    }
    // A new process knows nothing of a lease that was deleted before it began.
    const bool was_deleted = now_ - deleted_ < std::chrono::seconds(30);
    if (!calm_ && !was_deleted && chance() < 0.01) return restart(who);
    const bool is_first = now_ - deleted_ > std::chrono::seconds(120);  // in a while
    if (!calm_ && is_first && chance() < 0.002 && all_have_seen_it()) {
      store_.record.reset();
      ++store_.version;
      deleted_ = now_;
      ++tried.deletions;
    }
    process.sent = process.local(now_);
    auto call = process.election.next(
        process.sent, WallTime(std::chrono::duration_cast<WallTime::duration>(now_)));
    if (!call) {
      const Real next = process.real(process.election.next_at()) + std::chrono::milliseconds(1);
      return push({std::max(next, now_ + std::chrono::milliseconds(1)), Event::Kind::Step, who});
    }
    process.waits = true;
    ++process.calls;
    process.times_out = process.real(process.sent + lease_request_timeout(timing_));
    const bool is_lost = !calm_ && chance() < 0.15;
    tried.lost_requests += is_lost ? 1 : 0;
    tried.outages += is_away() ? 1 : 0;
    if (is_lost || is_away()) return time_out(who);
    const Real slow = calm_ ? std::chrono::milliseconds(50) : std::chrono::seconds(6);
    const Real arrives = now_ + some(chance() < 0.1 ? slow : std::chrono::milliseconds(50));
    push(
        {arrives, Event::Kind::Arrive, who, keep({*std::move(call), process.seen}), process.calls});
    if (arrives >= process.times_out) time_out(who);
  }
  void time_out(std::uint8_t who) {
    const Process& process = *processes_[who];
    push({process.times_out, Event::Kind::Answer, who, kNoMessage, process.calls});
  }

  [[nodiscard]] bool all_have_seen_it() const {
    return store_.record && std::all_of(processes_.begin(), processes_.end(), [&](const auto& one) {
             return one->election.view().record() &&
                    one->election.view().record()->holder == store_.record->holder;
           });
  }
  [[nodiscard]] bool is_away() const {  // the API, for a minute and a half
    return !calm_ && now_ % kEpoch > std::chrono::seconds(150) && (now_ / kEpoch) % 3 == 0;
  }

  // At the API, which carries it out also for a process that has given up, stands still or is gone.
  void arrive(const Event& event) {
    Message& message = messages_[event.message];
    message.answer = apply(message);
    message.version = store_.version;
    const Process& process = *processes_[event.who];
    const bool is_late = event.incarnation != incarnations_[event.who] || !process.waits ||
                         event.call != process.calls;
    const bool is_lost = !is_late && !calm_ && chance() < 0.1;
    tried.late_requests += is_late ? 1 : 0;
    tried.lost_answers += is_lost ? 1 : 0;
    const Real back = now_ + some(std::chrono::milliseconds(50));
    const bool is_heard = !is_late && !is_lost && back < process.times_out;
    if (is_heard) return push({back, Event::Kind::Answer, event.who, event.message, event.call});
    free_.push_back(event.message);
    if (!is_late && now_ < process.times_out) time_out(event.who);
  }

  LeaseAnswer apply(const Message& message) {
    using Answer = LeaseAnswer::Kind;
    switch (message.call.kind) {
      case LeaseCall::Kind::Read:
        if (!store_.record) return {Answer::None};
        return {Answer::Found, *store_.record};
      case LeaseCall::Kind::Create:
        if (store_.record) return {Answer::Conflict};
        break;
      case LeaseCall::Kind::Update:
        if (!store_.record || message.version != store_.version) return {Answer::Conflict};
        break;
    }
    store_.record = message.call.record;
    ++store_.version;
    return {Answer::Written, message.call.record};
  }

  void answered(const Event& event) {
    Process& process = *processes_[event.who];
    if (!process.waits || event.call != process.calls) return;
    process.waits = false;
    LeaseAnswer answer;
    // Of one that stood still, it is open whether it sees the answer or the end of its patience.
    const bool is_heard = now_ <= process.times_out || chance() < 0.5;
    if (event.message != kNoMessage && is_heard) {
      const Message& message = messages_[event.message];
      answer = message.answer;
      if (answer.kind == LeaseAnswer::Kind::Found || answer.kind == LeaseAnswer::Kind::Written)
        process.seen = message.version;
    }
    const std::uint64_t before = process.election.leadership();
    const bool stalled = process.election.leads() && process.may_begin_until < now_;
    process.election.answered(answer, process.sent, process.local(now_), chance());
    const bool leads = process.election.leads();
    process.may_begin_until =
        leads ? process.real(process.election.term().begin_until) : std::chrono::milliseconds(-1);
    const bool is_new = process.election.leadership() != before;
    tried.leaderships += is_new ? 1 : 0;
    tried.terms += leads && answer.kind == LeaseAnswer::Kind::Written ? 1 : 0;
    tried.stalls += stalled && !is_new && process.may_begin_until >= now_ ? 1 : 0;
    if (may_write(process)) expect_no_other(event.who);
    if (!process.is_to_write) write(event.who);
    step(event.who);
  }

  [[nodiscard]] bool may_write(const Process& process) const {
    return process.election.leads() && process.local(now_) <= process.election.term().begin_until;
  }
  // Whoever may write is the only one that may or that does.
  void expect_no_other(std::size_t who) {
    for (std::size_t other = 0; other < processes_.size(); ++other) {
      const Process& process = *processes_[other];
      if (other == who || (!may_write(process) && process.write_ends <= now_)) continue;
      faults.push_back(
          (may_write(process) ? "two may write at " : "two write at ") +
          std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now_).count()));
    }
  }

  // Each replica tries to write whenever it hears of the lease, and one that leads all the time:
  // also in the last moment.
  void write(std::uint8_t who) {
    Process& process = *processes_[who];
    process.is_to_write = false;
    if (now_ < process.write_ends) return;
    if (!may_write(process)) {
      ++tried.refused;
      return;
    }
    process.is_to_write = true;
    const LeaseTerm term = process.election.term();
    const Real last = process.real(term.begin_until) - std::chrono::microseconds(1);
    if (last > now_ && chance() < 0.5) return push({last, Event::Kind::Write, who});
    ++tried.writes;
    if (last <= now_) ++tried.last_moments;
    expect_no_other(who);
    const Real longest = chance() < 0.5 ? std::chrono::seconds(2) : std::chrono::seconds(90);
    process.write_ends = std::min(now_ + some(longest), process.real(term.end_until));
    const Real next = std::max(process.write_ends, now_) + some(std::chrono::milliseconds(800));
    push({next + std::chrono::milliseconds(1), Event::Kind::Write, who});
  }

  // By SIGTERM, which waits for the write and gives the lease back, or by SIGKILL.
  void restart(std::uint8_t who) {
    Process& process = *processes_[who];
    const bool gives_back = process.election.leads() && chance() < 0.5;
    if (gives_back && store_.record && process.seen == store_.version && !is_away()) {
      store_.record->holder.clear();
      store_.record->duration = std::chrono::seconds(1);
      ++store_.version;
      ++tried.releases;
    } else {
      ++tried.kills;
    }
    ++incarnations_[who];
    processes_[who] = make();
    push({now_ + some(std::chrono::seconds(3)), Event::Kind::Step, who});
  }

  // Before an event: what was so since the last one.
  void watch() {
    calm_ = now_ % kEpoch < kCalm;
    // While all is well, the wait begins with that.
    bool is_well = calm_;
    for (const auto& process : processes_) {
      is_well = is_well && now_ >= process->asleep_until;
      without_since_ = std::max(without_since_, std::min(process->may_begin_until, now_));
    }
    if (!is_well) without_since_ = now_;
    longest_without = std::max(longest_without, now_ - without_since_);
  }

  const LeaseTiming timing_;
  std::mt19937_64 random_;
  std::priority_queue<Event> events_;
  std::uint64_t orders_ = 0;
  std::vector<Message> messages_;
  std::vector<std::uint32_t> free_;
  int numbers_ = 0;
  Real now_ = std::chrono::seconds(1);
  bool calm_ = true;
  Real without_since_ = std::chrono::seconds(1);
  Real deleted_ = -std::chrono::seconds(1000);
  Store store_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<int> incarnations_;
};

}  // namespace defenderd
