#pragma once
// Accepts the server's connections: one thread waits on all of them, and only a complete request is
// passed to a worker. So connections that are silent, that send or read slowly, cost a file
// descriptor and no worker, and cannot delay a probe.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "server/connection_limits.h"
#include "server/connection_table.h"
#include "server/unsent_bytes.h"
#include "server/workers.h"

struct pollfd;

namespace defenderd {

// One thread creates, stops and destroys it.
class ConnectionLoop {
 public:
  // `respond` and `rest` are called by the workers, the others by the loop's thread. One that
  // throws costs the connection that it was called for.
  struct Hooks {
    std::function<RouteKind(const Request&)> kind_of;
    std::function<Response(const Request&)> respond;
    // The TLS of a connection that was accepted. Empty, or nullptr: plain HTTP.
    std::function<std::unique_ptr<TlsChannel>(int socket)> secure;
    // The number of the rules in force (WebAccess). Connections that began with another one end:
    // no further request is read from them. Empty: the rules stay as they are.
    std::function<std::uint64_t()> rules;
    std::function<void(RouteKind)> rest;  // see Workers
    std::function<void(Refused)> refused;
    OnThrow threw;                     // any thread
    Heartbeats* heartbeats = nullptr;  // of the threads; outlives them
  };

  // `wake`: an eventfd that does not block, for the loop alone.
  ConnectionLoop(UniqueFd listener, UniqueFd wake, const Clock& clock, ConnectionLimits limits,
                 Hooks hooks);
  ~ConnectionLoop();
  ConnectionLoop(const ConnectionLoop&) = delete;
  ConnectionLoop& operator=(const ConnectionLoop&) = delete;

  // Stops accepting, closes idle connections at once, gives answers in progress a second, and waits
  // for running handlers. May be called twice.
  void stop();

 private:
  struct Ready {
    std::uint64_t connection = 0;
    std::optional<Response> response = {};  // nullopt: there is none, and there will be none
  };

  void wake() const;
  void work(const Workers::Job& job);
  void loop();
  void turn(SteadyTime now);
  void wait(SteadyTime until);
  void drain(SteadyTime now);
  [[nodiscard]] SteadyTime next_deadline(SteadyTime now) const;
  void accept_some(SteadyTime now);
  void begin_handshakes(SteadyTime now);
  bool survive_accept_error(int error, SteadyTime now);
  bool close_departed();
  bool make_room(SteadyTime now);
  void begin_reading(const Connection& fresh, SteadyTime now);
  void take_answers(SteadyTime now);
  void close(const Connection& connection);
  // An exception costs only the connection that it was for.
  template <class Step>
  void on_connection(std::uint64_t id, const Step& step);
  // These return false if the connection must be closed.
  bool on_event(Connection& connection, SteadyTime now);
  bool read_some(Connection& connection, SteadyTime now);
  bool next_request(Connection& connection, SteadyTime now);
  bool submit(Connection& connection, Request request, SteadyTime now);
  bool refuse(Connection& connection, Refused why, Response response, SteadyTime now);
  bool answer(Connection& connection, Response response, SteadyTime now);
  bool begin_writing(Connection& connection, WireAnswer wire, SteadyTime now);
  bool write_some(Connection& connection, SteadyTime now);
  bool refuse_plain(Connection& connection, SteadyTime now);
  void forget_answer(Connection& connection);
  bool expired(Connection& connection, SteadyTime now);
  [[nodiscard]] bool is_outdated(const Connection& connection) const;

  const Clock& clock_;
  const ConnectionLimits limits_;
  const Hooks hooks_;
  UniqueFd wake_;

  Mutex mutex_;
  std::vector<Ready> ready_
      GUARDED_BY(mutex_);  // never allocates: a worker must get rid of its job
  std::atomic<bool> stopping_ = false;

  // The loop's thread only, like the following members.
  UniqueFd listener_;
  UniqueFd spare_;  // closed to accept a connection when descriptors have run out
  ConnectionTable table_;
  UnsentBytes unsent_;
  std::vector<Ready> taken_;
  std::vector<pollfd> polled_;
  std::vector<std::uint64_t> ids_;         // of the connections in polled_
  std::vector<std::uint64_t> handshakes_;  // of those whose handshake can begin, the oldest first
  bool some_gave_up_ = false;              // in this turn, before their handshake
  SteadyTime accept_after_;
  SteadyTime stop_by_ = SteadyTime::max();
  bool draining_ = false;

  Workers workers_;
  std::thread thread_;
};

}  // namespace defenderd
