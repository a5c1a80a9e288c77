#include "net/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "base/freed_by.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "base/slow_call.h"

namespace defenderd {
namespace {

bool is_address(const std::string& host) {
  in_addr address{};
  return host.find(':') != std::string::npos || ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

struct Lookup {
  std::string key = {};  // for run_within()
  bool started = false;
  bool done = false;
  std::vector<std::string> addresses = {};
  std::condition_variable_any changed = {};
};

// Never destroyed: a helper that is stuck outlives everything.
class Lookups {
 public:
  static Lookups& get() {
    static auto* const lookups = new Lookups;  // NOLINT(cppcoreguidelines-owning-memory): above
    return *lookups;
  }

  Resolved resolve(const std::string& host, Duration deadline, const LookUp& look_up) {
    const auto joined = join(host);
    const std::shared_ptr<Lookup>& lookup = joined.first;
    if (joined.second) {
      const auto overdue = run_within(deadline, lookup->key, [this, host, look_up, lookup] {
        if (start(*lookup)) finish(host, lookup, look_up(host));
      });
      if (overdue) give_up_unless_started(host, lookup);
      deadline = Duration::zero();
    }
    beat();
    MutexLock lock(mutex_);
    if (!lookup->changed.wait_for(lock, deadline, [&] { return lookup->done; }))
      return {.timed_out = true};
    return {.addresses = lookup->addresses, .timed_out = !lookup->started};
  }

 private:
  // The lookup of that host, and whether the caller has to begin it.
  std::pair<std::shared_ptr<Lookup>, bool> join(const std::string& host) {
    const MutexLock lock(mutex_);
    const auto [running, is_new] = running_.try_emplace(host);
    if (is_new) {
      running->second = std::make_shared<Lookup>();
      // Each has a key of its own: whether one may begin is decided here.
      running->second->key = "name " + std::to_string(++begun_) + " " + host;
    }
    return {running->second, is_new};
  }

  // False if it was given up before a helper was free: another may have begun since.
  bool start(Lookup& lookup) {
    const MutexLock lock(mutex_);
    lookup.started = !lookup.done;
    return lookup.started;
  }

  void finish(const std::string& host, const std::shared_ptr<Lookup>& lookup,
              std::vector<std::string> addresses) {
    const MutexLock lock(mutex_);
    end(host, lookup);
    lookup->addresses = std::move(addresses);
  }

  // Without a free helper nobody would ever end it.
  void give_up_unless_started(const std::string& host, const std::shared_ptr<Lookup>& lookup) {
    const MutexLock lock(mutex_);
    if (!lookup->started) end(host, lookup);
  }

  void end(const std::string& host, const std::shared_ptr<Lookup>& lookup) REQUIRES(mutex_) {
    const auto running = running_.find(host);
    if (running != running_.end() && running->second == lookup) running_.erase(running);
    lookup->done = true;
    lookup->changed.notify_all();
  }

  Mutex mutex_;  // guards the members of the lookups, too
  std::map<std::string, std::shared_ptr<Lookup>> running_ GUARDED_BY(mutex_);
  std::uint64_t begun_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

std::vector<std::string> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, FreedBy<::freeaddrinfo>> all(found);
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0)
      addresses.emplace_back(text.data());
  }
  return addresses;
}

Resolved resolve(const std::string& host, Duration deadline, const LookUp& look_up) {
  if (is_address(host)) return {.addresses = {host}};
  return Lookups::get().resolve(host, deadline, look_up);
}

}  // namespace defenderd
