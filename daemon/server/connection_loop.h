#pragma once
// Keeps the connections of the server: one thread waits on all of them, and only a request that
// has come in whole is handed to a worker. So connections that are silent, that drip, or that do
// not read their answer cost a file descriptor and no worker, and cannot keep a probe waiting.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "server/request_frame.h"

namespace defenderd {

struct ConnectionLimits {
  FrameLimits frame = {};
  Duration request = std::chrono::seconds(10);  // for a whole request; and for a whole answer
  Duration idle = std::chrono::seconds(75);     // between requests; longer than a usual scrape's
  Duration linger = std::chrono::seconds(1);    // for the client to close, and for stop()
  std::size_t connections = 256;                // above: the one that idles longest makes room
  std::size_t unsent = std::size_t{64} << 20U;  // bytes of answers that clients do not fetch
  std::size_t workers = 4;
};

// One request that came in whole.
struct WireRequest {
  std::string bytes;  // head and body
  std::size_t head_size = 0;
  bool close = false;  // the connection ends with the answer
};

// What is sent for it: in two parts, so that a body of megabytes is not copied behind its head.
struct WireAnswer {
  std::string head;  // may hold the body too; "" closes the connection without an answer
  std::string body = {};
};

class ConnectionLoop {
 public:
  // Called by several workers at once.
  using Serve = std::function<WireAnswer(const WireRequest&)>;

  ConnectionLoop(ConnectionLimits limits, Serve serve);
  ~ConnectionLoop();
  ConnectionLoop(const ConnectionLoop&) = delete;
  ConnectionLoop& operator=(const ConnectionLoop&) = delete;

  // Takes a connected socket over. Any thread.
  void add(int socket);
  // Closes idle connections at once, gives answers under way a second, and waits for the handlers
  // that are running. May be called twice.
  void stop();

 private:
  struct Connection;
  struct Answer {
    std::uint64_t connection = 0;
    WireAnswer wire;
  };
  struct Job {
    std::uint64_t connection = 0;
    WireRequest request;
  };

  void wake() const;
  void loop();
  void work();
  [[nodiscard]] Duration wait_time(SteadyTime now) const;
  void take_inbox(SteadyTime now);
  void make_room();
  [[nodiscard]] std::size_t unsent() const;
  // These return false when the connection is to be closed.
  bool on_event(Connection& connection, SteadyTime now);
  bool read_some(Connection& connection, SteadyTime now);
  bool next_request(Connection& connection, SteadyTime now);
  bool answer(Connection& connection, WireAnswer wire, SteadyTime now);
  bool write_some(Connection& connection, SteadyTime now);
  bool expired(Connection& connection, SteadyTime now);

  const ConnectionLimits limits_;
  const Serve serve_;
  UniqueFd wake_;

  std::mutex mutex_;
  std::condition_variable has_job_;
  std::deque<Job> jobs_;         // guarded by mutex_
  std::vector<UniqueFd> fresh_;  // guarded by mutex_
  std::vector<Answer> answers_;  // guarded by mutex_
  bool stopping_ = false;        // guarded by mutex_

  std::map<std::uint64_t, Connection> connections_;  // the loop's thread only, as what follows
  std::uint64_t next_id_ = 0;
  bool draining_ = false;

  std::vector<std::thread> workers_;
  std::thread thread_;
};

}  // namespace defenderd
