#pragma once
// The connections in the order of their progress, and which of them is closed to make room for
// another. Not thread-safe, and without a clock or I/O.
//
// There are places for answers, and a reserve for connections that have not sent a request, so that
// a probe can always be read.

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "base/clock.h"
#include "server/connection.h"

namespace defenderd {

// A connection that reads nothing of its answer for this long may be closed.
inline constexpr Duration kStalled = std::chrono::seconds(1);

class ConnectionTable {
 public:
  struct Limits {
    std::size_t answers = 256;  // connections with a request in progress, without probes
    std::size_t reserve = 64;
  };
  explicit ConnectionTable(Limits limits) : limits_(limits) {}

  Connection& add(UniqueFd socket, SteadyTime now);
  // nullptr if it was closed.
  [[nodiscard]] Connection* find(std::uint64_t id);
  void close(const Connection& connection);
  void clear();
  // Those that are neither being handled nor written to.
  void close_unanswered();
  // A byte was received or sent.
  void progressed(Connection& connection, SteadyTime now);

  [[nodiscard]] bool full() const { return in_order_.size() >= limits_.answers + limits_.reserve; }
  [[nodiscard]] bool answers_full() const;
  // Of those without an answer in progress, or that stall, the one with the least recent progress,
  // if possible an idle one; nullptr if there is none: one that reads its answer stays.
  [[nodiscard]] const Connection* may_go(SteadyTime now) const;
  // The same among those with an answer in progress.
  [[nodiscard]] const Connection* stalled(SteadyTime now) const;

  [[nodiscard]] std::size_t size() const { return in_order_.size(); }
  [[nodiscard]] const std::list<Connection>& all() const { return in_order_; }

 private:
  const Limits limits_;
  std::list<Connection> in_order_;  // least recent progress first
  std::unordered_map<std::uint64_t, std::list<Connection>::iterator> by_id_;
  std::uint64_t next_id_ = 1;
};

}  // namespace defenderd
