#include "net/idle_connections.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace defenderd {
namespace {

constexpr Duration kJustUsed = std::chrono::milliseconds(100);
constexpr std::size_t kMaxPerKey = 64;

}  // namespace

void IdleConnections::close_old(SteadyTime now, Closing& closing) {
  for (auto& [key, idle] : idle_) {
    const auto young = std::find_if(idle.begin(), idle.end(),
                                    [&](const Idle& one) { return now - one.since < kMaxIdle; });
    for (auto old = idle.begin(); old != young; ++old)
      closing.push_back(std::move(old->connection));
    idle.erase(idle.begin(), young);
  }
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
  if (idle.size() < kMaxPerKey) {
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
