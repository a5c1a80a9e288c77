#pragma once
// What a replica runs and asks, as fakes that a test steers. The clock moves only when the test
// says so, so that each renewal and each retry is a step of the test.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/replica_host.h"
#include "base/clock.h"
#include "support/eventually.h"

namespace defenderd {

// Time passes only in step(), and never past the end of somebody's sleep.
class SteppedClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override {
    return WallTime(steady_now().time_since_epoch());
  }
  [[nodiscard]] SteadyTime steady_now() const override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  bool sleep_until(SteadyTime when, std::stop_token stop) override {
    const auto mine = [&] {
      const std::scoped_lock lock(mutex_);
      return ends_.insert(when);
    }();
    EXPECT_TRUE(eventually("a sleep has ended",
                           [&] { return stop.stop_requested() || steady_now() >= when; }));
    const std::scoped_lock lock(mutex_);
    ends_.erase(mine);
    return now_ >= when;
  }
  // If all who slept have done what they woke for, moves time to the next end.
  void step() {
    const std::scoped_lock lock(mutex_);
    if (!ends_.empty()) now_ = std::max(now_, *ends_.begin());
  }

 private:
  mutable std::mutex mutex_;
  SteadyTime now_ = SteadyTime(std::chrono::hours(1));
  std::multiset<SteadyTime> ends_;  // of those who sleep
};

// What happened, in order, from every thread.
class Story {
 public:
  void add(const std::string& line) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(line);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  [[nodiscard]] long count(const std::string& part) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class FakeLease final : public LeaseStore {
 public:
  explicit FakeLease(Story& story) : story_(story) {}

  ArmResult<std::optional<StoredLease>> read(std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    ++calls_;
    if (away_) return Unexpected(away());
    return stored_;
  }
  ArmResult<StoredLease> create(const LeaseRecord& record, std::stop_token) override {
    return write(record, nullptr);
  }
  ArmResult<StoredLease> update(const StoredLease& seen, const LeaseRecord& record,
                                std::stop_token) override {
    return write(record, seen.object);
  }

  // Another replica writes it.
  void take_for_another() {
    const std::scoped_lock lock(mutex_);
    LeaseRecord record{"other", std::chrono::seconds(15)};
    record.renewed = "at " + std::to_string(++writes_);
    stored_ = StoredLease{record, std::make_shared<const std::string>(record.renewed)};
  }
  void set_away(bool away) {
    const std::scoped_lock lock(mutex_);
    away_ = away;
  }
  [[nodiscard]] std::string holder() const {
    const std::scoped_lock lock(mutex_);
    return stored_ ? stored_->record.holder : "none";
  }
  [[nodiscard]] int calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }

 private:
  static Failure away() {
    Failure failure;
    failure.message = "the API is away";
    return failure;
  }
  ArmResult<StoredLease> write(const LeaseRecord& record,
                               const std::shared_ptr<const std::string>& seen) {
    const std::scoped_lock lock(mutex_);
    ++calls_;
    if (away_) return Unexpected(away());
    if ((stored_ ? stored_->object : nullptr) != seen) {
      Failure conflict;
      conflict.reason = Reason::UpdateInProgress;
      return Unexpected(conflict);
    }
    if (record.holder.empty()) story_.add("the lease is given back");
    stored_ = StoredLease{record, std::make_shared<const std::string>(std::to_string(++writes_))};
    return *stored_;
  }

  Story& story_;
  mutable std::mutex mutex_;
  std::optional<StoredLease> stored_;
  bool away_ = false;
  int calls_ = 0;
  int writes_ = 0;
};

class EmptyState final : public StateStore {
 public:
  Result<std::optional<std::string>> load() override { return std::optional<std::string>(); }
  Result<Done> save(std::string_view) override { return Done{}; }
  Result<std::string> set_aside() override { return std::string(); }
};

// What the test decides about the daemons, and what it hears of them.
struct Script {
  Script(Clock& of, Story& in)
      : story(in), log(LogLevel::Info, {LogFormat::Text}, of, [this](std::string_view line) {
          logged.add(std::string(line));
        }) {}

  Story& story;
  Story logged;
  Logger log;
  std::mutex mutex;
  std::function<void(int number)> creating = [](int) {};                 // may throw
  std::function<void(int number, const std::stop_token&)> running = {};  // instead of the wait
  std::function<std::string(int number)> refuses = [](int) { return std::string(); };
  std::function<bool()> falls_back = [] { return false; };
  std::string unreadable_state;  // guarded by the mutex
  int created = 0;               // of the replica's thread
};

class FakeDaemon final : public RoleDaemon {
 public:
  FakeDaemon(Script& script, const Membership& membership, int number)
      : script_(script), membership_(membership), number_(number) {}
  ~FakeDaemon() override { say("is destroyed"); }

  void run(const std::stop_token& stop, StopStage&) override {
    say("runs as " + std::string(membership_.leads ? "the leader" : "a standby"));
    if (script_.running) {
      script_.running(number_, stop);
    } else {
      EXPECT_TRUE(eventually("the daemon is to end", [&] { return stop.stop_requested(); }));
    }
    say("has ended");
  }
  void writing_resumes() override { say("may write again"); }
  void count_exception(std::string_view) override { say("counts an exception"); }
  void poll_soon() override { say("polls the files"); }

 private:
  void say(const std::string& what) { script_.story.add(std::to_string(number_) + " " + what); }

  Script& script_;
  const Membership& membership_;
  const int number_;
};

class FakeHost final : public ReplicaHost {
 public:
  FakeHost(Script& script, FakeLease& lease) : script_(script), lease_(lease) {}
  LeaseStore& lease() override { return lease_; }
  Logger& log() override { return script_.log; }
  [[nodiscard]] const Listener& listener() const override { return listener_; }
  Result<std::unique_ptr<StateStore>> open_state(bool leads, std::function<bool()>) override {
    if (leads) {
      const std::scoped_lock lock(script_.mutex);
      script_.story.add("the state is read");
      if (!script_.unreadable_state.empty()) return Unexpected(Error{script_.unreadable_state});
    }
    return std::unique_ptr<StateStore>(std::make_unique<EmptyState>());
  }
  Result<std::unique_ptr<RoleDaemon>> create_daemon(const Membership& membership) override {
    const int number = ++script_.created;
    script_.creating(number);
    if (const std::string why = script_.refuses(number); !why.empty())
      return Unexpected(Error{why});
    EXPECT_NE(membership.take_state(), nullptr);
    return std::unique_ptr<RoleDaemon>(std::make_unique<FakeDaemon>(script_, membership, number));
  }
  bool fall_back(const std::string& why) override {
    if (!script_.falls_back()) return false;
    script_.story.add("what worked before is taken: " + why);
    return true;
  }
  std::shared_ptr<const void> answer_without_daemon(const std::string& problem,
                                                    std::function<LeadershipStatus()>) override {
    script_.story.add("not ready: " + problem);
    return nullptr;
  }
  Result<Done> read_files_again(const std::stop_token&) override {
    script_.story.add("the files are read again");
    return Done{};
  }

 private:
  Script& script_;
  FakeLease& lease_;
  const Listener listener_{};
};

}  // namespace defenderd
