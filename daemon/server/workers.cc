#include "server/workers.h"

#include <chrono>
#include <utility>

namespace defenderd {
namespace {

constexpr auto kUntilRest = std::chrono::seconds(1);

// One that waits for files must not keep the next from being told that it does.
constexpr std::size_t threads_of(RouteKind kind) { return kind == RouteKind::Action ? 2 : 1; }

}  // namespace

Workers::Workers(Work work, Rest rest) : work_(std::move(work)), rest_(std::move(rest)) {
  for (const RouteKind kind :
       {RouteKind::Probe, RouteKind::Metrics, RouteKind::Api, RouteKind::Action}) {
    for (std::size_t i = 0; i < threads_of(kind); ++i)
      threads_.emplace_back([this, kind] { run(kind); });
  }
}

Workers::~Workers() { stop(); }

void Workers::submit(RouteKind kind, Job job) {
  Line& line = lines_[static_cast<std::size_t>(kind)];
  {
    const std::scoped_lock lock(mutex_);
    line.jobs.push_back(std::move(job));
  }
  line.has_job.notify_one();
}

void Workers::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  for (Line& line : lines_) line.has_job.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Workers::run(RouteKind kind) {
  Line& line = lines_[static_cast<std::size_t>(kind)];
  while (true) {
    std::unique_lock lock(mutex_);
    if (!wait_for_job(lock, kind)) return;
    const Job job = std::move(line.jobs.front());
    line.jobs.pop_front();
    lock.unlock();
    work_(job);
  }
}

// False when there is none and none will come.
bool Workers::wait_for_job(std::unique_lock<std::mutex>& lock, RouteKind kind) {
  Line& line = lines_[static_cast<std::size_t>(kind)];
  const auto awaited = [&] { return stopping_ || !line.jobs.empty(); };
  if (!line.has_job.wait_for(lock, kUntilRest, awaited)) {
    lock.unlock();
    rest_(kind);
    lock.lock();
    line.has_job.wait(lock, awaited);
  }
  return !line.jobs.empty();
}

}  // namespace defenderd
