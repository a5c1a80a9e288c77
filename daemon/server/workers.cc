#include "server/workers.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/heartbeat.h"

namespace defenderd {
namespace {

constexpr auto kUntilRest = std::chrono::seconds(1);

// While one waits for files, the next gets the answer that it does.
constexpr std::size_t threads_of(RouteKind kind) { return kind == RouteKind::Action ? 2 : 1; }

constexpr std::size_t index_of(RouteKind kind) { return static_cast<std::size_t>(kind); }

std::string thread_name(RouteKind kind, std::size_t number) {
  switch (kind) {
    case RouteKind::Probe:
      return "server-probes";
    case RouteKind::Metrics:
      return "server-metrics";
    case RouteKind::Api:
      return "server-api";
    case RouteKind::Action:
      return "server-action-" + std::to_string(number);
    case RouteKind::Login:
      return "server-logins";
  }
  return "server";
}

}  // namespace

Workers::Workers(Work work, Rest rest, Heartbeats* heartbeats)
    : work_(std::move(work)), rest_(std::move(rest)), heartbeats_(heartbeats) {
  try {
    for (const RouteKind kind : {RouteKind::Probe, RouteKind::Metrics, RouteKind::Api,
                                 RouteKind::Action, RouteKind::Login}) {
      for (std::size_t i = 0; i < threads_of(kind); ++i)
        threads_.emplace_back([this, kind, i] { run(kind, i + 1); });
    }
  } catch (...) {  // the system allows no more threads
    stop();
    throw;
  }
}

Workers::~Workers() { stop(); }

void Workers::submit(RouteKind kind, Job job) {
  {
    const MutexLock lock(mutex_);
    lines_.at(index_of(kind)).push_back(std::move(job));
  }
  has_job_.at(index_of(kind)).notify_one();
}

std::size_t Workers::waiting(RouteKind kind) {
  const MutexLock lock(mutex_);
  return lines_.at(index_of(kind)).size();
}

void Workers::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  for (std::condition_variable_any& has_job : has_job_) has_job.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Workers::run(RouteKind kind, std::size_t number) {
  const Heartbeat heartbeat(heartbeats_, thread_name(kind, number));
  while (true) {
    beat();
    MutexLock lock(mutex_);
    if (!wait_for_job(lock, kind)) return;
    Line& line = lines_.at(index_of(kind));
    const Job job = std::move(line.front());
    line.pop_front();
    lock.unlock();
    work_(job);
  }
}

bool Workers::wait_for_job(MutexLock& lock, RouteKind kind) {
  const Line& line = lines_.at(index_of(kind));
  std::condition_variable_any& has_job = has_job_.at(index_of(kind));
  const auto awaited = [&]() REQUIRES(mutex_) { return stopping_ || !line.empty(); };
  if (!has_job.wait_for(lock, kUntilRest, awaited)) {
    {
      const MutexUnlock unlocked(mutex_);
      rest_(kind);
    }
    while (!has_job.wait_for(lock, kBeatEvery, awaited)) beat();
  }
  return !line.empty();
}

}  // namespace defenderd
