#pragma once
// The connections that wait for their next request.

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "net/http.h"
#include "net/http_connection.h"

namespace defenderd {

// Thread-safe. The one that was used last is given out first, so that as few as needed stay open;
// those that have been idle for too long are closed by the next call, whatever it is for. One that
// is to be renewed is not used again.
class IdleConnections {
 public:
  struct Key {
    Origin origin;
    bool use_proxy = true;
    auto operator<=>(const Key&) const = default;
  };
  // Something between us and the server has likely dropped a connection that idles for longer.
  static constexpr Duration kMaxIdle = std::chrono::seconds(50);
  // A busy connection would otherwise stay with a server for ever, although its name has moved.
  static constexpr Duration kMaxAge = std::chrono::minutes(5);

  // When a connection that opens now is to be renewed: up to a fifth before its greatest age, by
  // chance (`unit` in [0, 1)), so that those that opened together are not renewed together.
  [[nodiscard]] static SteadyTime renew_at(SteadyTime now, double unit);

  // nullptr when none can be used. `repeatable`: the request may be sent again should the server
  // have closed the connection this very moment.
  [[nodiscard]] std::unique_ptr<HttpConnection> take(const Key& key, bool repeatable,
                                                     SteadyTime now);
  void give_back(const Key& key, std::unique_ptr<HttpConnection> connection, SteadyTime now);

  // A kept connection turned out to be dead for a request of this time: those that were last used
  // before have probably died of the same cause, and each would take another request's timeout.
  void close_unused_since(const Key& key, SteadyTime time);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    SteadyTime since;
  };
  using Closing = std::vector<std::unique_ptr<HttpConnection>>;

  // Those that were last used at that time or before.
  static void move_unused(std::vector<Idle>& idle, SteadyTime since, Closing& closing);
  void close_old(SteadyTime now, Closing& closing) REQUIRES(mutex_);

  mutable Mutex mutex_;  // never held while a connection is closed
  std::map<Key, std::vector<Idle>> idle_ GUARDED_BY(mutex_);  // the oldest first
};

}  // namespace defenderd
