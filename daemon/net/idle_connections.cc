#include "net/idle_connections.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace defenderd {
namespace {

constexpr Duration kJustUsed = std::chrono::milliseconds(100);
constexpr std::size_t kMaxPerKey = 64;

}  // namespace

SteadyTime IdleConnections::renew_at(SteadyTime now, double unit) {
  const std::chrono::duration<double> earlier = unit * std::chrono::duration<double>(kMaxAge) / 5;
  return now + kMaxAge - std::chrono::duration_cast<Duration>(earlier);
}

void IdleConnections::move_unused(std::vector<Idle>& idle, SteadyTime since, Closing& closing) {
  const auto kept = std::find_if(idle.begin(), idle.end(), [since](const Idle& connection) {
    return connection.since > since;
  });
  for (auto unused = idle.begin(); unused != kept; ++unused)
    closing.push_back(std::move(unused->connection));
  idle.erase(idle.begin(), kept);
}

void IdleConnections::close_old(SteadyTime now, Closing& closing) {
  for (auto& [key, idle] : idle_) move_unused(idle, now - kMaxIdle, closing);
}

void IdleConnections::close_unused_since(const Key& key, SteadyTime time) {
  Closing closing;  // outlives the lock
  const MutexLock lock(mutex_);
  move_unused(idle_[key], time, closing);
}

std::unique_ptr<HttpConnection> IdleConnections::take(const Key& key, bool repeatable,
                                                      SteadyTime now) {
  Closing closing;  // outlives the lock
  const MutexLock lock(mutex_);
  close_old(now, closing);
  std::vector<Idle>& idle = idle_[key];
  while (!idle.empty()) {
    Idle last = std::move(idle.back());
    idle.pop_back();
    if (last.connection->renew_at() <= now) {
      closing.push_back(std::move(last.connection));
      continue;
    }
    // Asking the socket costs a system call, which a request that can be sent again may save.
    const bool trusted =
        repeatable && now - last.since < kJustUsed && last.connection->keeps_alive();
    if (trusted || last.connection->is_usable()) return std::move(last.connection);
    closing.push_back(std::move(last.connection));
  }
  return nullptr;
}

void IdleConnections::give_back(const Key& key, std::unique_ptr<HttpConnection> connection,
                                SteadyTime now) {
  Closing closing;  // outlives the lock
  const MutexLock lock(mutex_);
  close_old(now, closing);
  std::vector<Idle>& idle = idle_[key];
  if (idle.size() < kMaxPerKey && now < connection->renew_at()) {
    idle.push_back({std::move(connection), now});
  } else {
    closing.push_back(std::move(connection));
  }
}

std::size_t IdleConnections::size() const {
  const MutexLock lock(mutex_);
  std::size_t count = 0;
  for (const auto& [key, idle] : idle_) count += idle.size();
  return count;
}

}  // namespace defenderd
