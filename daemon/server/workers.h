#pragma once
// The threads that run handlers: each kind of route has its own, so that none waits for another
// kind. Kinds with large answers have one, so that one at a time is created.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/heartbeat.h"
#include "base/mutex.h"
#include "server/http.h"

namespace defenderd {

// submit() and waiting() are thread-safe; one thread creates, stops and destroys it.
class Workers {
 public:
  struct Job {
    std::uint64_t connection = 0;
    Request request = {};
  };
  // Both are called by several threads concurrently. An exception would end the process.
  using Work = std::function<void(const Job&)>;
  using Rest = std::function<void(RouteKind)>;

  // `rest` is called when a kind has been idle for a second, to release memory. `heartbeats`
  // outlives them.
  Workers(Work work, Rest rest, Heartbeats* heartbeats = nullptr);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void submit(RouteKind kind, Job job);
  // How many no worker has begun.
  [[nodiscard]] std::size_t waiting(RouteKind kind);
  // Completes what was submitted, and ends. May be called twice.
  void stop();

 private:
  using Line = std::deque<Job>;

  void run(RouteKind kind, std::size_t number);
  // False when there is none and none will come.
  bool wait_for_job(MutexLock& lock, RouteKind kind) REQUIRES(mutex_);

  const Work work_;
  const Rest rest_;
  Heartbeats* const heartbeats_;
  Mutex mutex_;
  std::array<std::condition_variable_any, kRouteKinds> has_job_;
  std::array<Line, kRouteKinds> lines_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace defenderd
