#include "server/connection_table.h"

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

using Phase = Connection::Phase;

bool stalls(const Connection& connection, SteadyTime now) {
  return connection.phase == Phase::Writing && now - connection.progress >= kStalled;
}

}  // namespace

Connection& ConnectionTable::add(UniqueFd socket, SteadyTime now) {
  std::list<Connection> fresh(1);
  Connection& connection = fresh.front();
  connection.id = next_id_++;
  connection.socket = std::move(socket);
  connection.progress = now;
  connection.deadline = now;
  by_id_.emplace(connection.id, fresh.begin());
  in_order_.splice(in_order_.end(), fresh);
  return connection;
}

Connection* ConnectionTable::find(std::uint64_t id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &*found->second;
}

void ConnectionTable::close(const Connection& connection) {
  const auto found = by_id_.find(connection.id);
  const auto at = found->second;
  by_id_.erase(found);
  in_order_.erase(at);
}

void ConnectionTable::clear() {
  by_id_.clear();
  in_order_.clear();
}

void ConnectionTable::close_unanswered() {
  for (auto it = in_order_.begin(); it != in_order_.end();) {
    const Connection& connection = *it++;
    if (connection.phase == Phase::Reading || connection.phase == Phase::Lingering)
      close(connection);
  }
}

void ConnectionTable::progressed(Connection& connection, SteadyTime now) {
  connection.progress = now;
  in_order_.splice(in_order_.end(), in_order_, by_id_.at(connection.id));
}

bool ConnectionTable::answers_full() const {
  if (in_order_.size() < limits_.answers) return false;
  const auto answered = std::count_if(in_order_.begin(), in_order_.end(),
                                      [](const Connection& c) { return c.is_answered(); });
  return static_cast<std::size_t>(answered) >= limits_.answers;
}

const Connection* ConnectionTable::may_go(SteadyTime now) const {
  const Connection* busy = nullptr;
  for (const Connection& c : in_order_) {
    const bool may = c.phase == Phase::Reading || c.phase == Phase::Lingering || stalls(c, now);
    if (may && c.is_idle) return &c;
    if (may && busy == nullptr) busy = &c;
  }
  return busy;
}

const Connection* ConnectionTable::stalled(SteadyTime now) const {
  const auto found = std::find_if(in_order_.begin(), in_order_.end(),
                                  [&](const Connection& c) { return stalls(c, now); });
  return found == in_order_.end() ? nullptr : &*found;
}

}  // namespace defenderd
