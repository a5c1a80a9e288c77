#include "server/connection_loop.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>

#include "server/raw_answer.h"

namespace defenderd {

struct ConnectionLoop::Connection {
  enum class Phase {
    Reading,   // waits for a request
    Working,   // a worker has it
    Writing,   // its answer goes out
    Lingering  // answered for good; waits until the client has read it and closes
  };
  std::uint64_t id = 0;
  UniqueFd socket;
  Phase phase = Phase::Reading;
  std::string in;
  WireAnswer out;
  std::size_t sent = 0;  // of head and body together
  bool close = false;
  SteadyTime since;  // of waiting for a request
  SteadyTime deadline;

  [[nodiscard]] short events() const {
    return phase == Phase::Writing ? POLLOUT : static_cast<short>(POLLIN);
  }
};

namespace {

SteadyTime steady_now() { return SystemClock().steady_now(); }

std::size_t size_of(const WireAnswer& answer) { return answer.head.size() + answer.body.size(); }

// What is left of the part, head or body, in which the next byte to send lies.
std::string_view unsent_part(const WireAnswer& answer, std::size_t sent) {
  if (sent < answer.head.size()) return std::string_view(answer.head).substr(sent);
  return std::string_view(answer.body).substr(sent - answer.head.size());
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

void prepare(int socket) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

ConnectionLoop::ConnectionLoop(ConnectionLimits limits, Serve serve)
    : limits_(limits), serve_(std::move(serve)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  for (std::size_t i = 0; i < limits_.workers; ++i) workers_.emplace_back([this] { work(); });
  thread_ = std::thread([this] { loop(); });
}

ConnectionLoop::~ConnectionLoop() { stop(); }

void ConnectionLoop::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void ConnectionLoop::add(int socket) {
  prepare(socket);
  {
    const std::scoped_lock lock(mutex_);
    fresh_.emplace_back(socket);
  }
  wake();
}

void ConnectionLoop::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  has_job_.notify_all();
  wake();
  if (thread_.joinable()) thread_.join();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void ConnectionLoop::work() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      has_job_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    Answer answer{job.connection, serve_(job.request)};
    {
      const std::scoped_lock lock(mutex_);
      answers_.push_back(std::move(answer));
    }
    wake();
  }
}

void ConnectionLoop::loop() {
  std::vector<pollfd> polled;
  std::vector<std::uint64_t> ids;
  SteadyTime stop_by = SteadyTime::max();
  while (true) {
    polled.assign(1, {wake_.get(), POLLIN, 0});
    ids.assign(1, 0);
    for (const auto& [id, connection] : connections_) {
      if (connection.phase == Connection::Phase::Working) continue;
      polled.push_back({connection.socket.get(), connection.events(), 0});
      ids.push_back(id);
    }
    const auto wait = std::min(wait_time(steady_now()), stop_by - steady_now());
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    ::poll(polled.data(), polled.size(), static_cast<int>(std::clamp<std::int64_t>(ms, 0, 60'000)));

    const SteadyTime now = steady_now();
    for (std::size_t i = 1; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      const auto found = connections_.find(ids[i]);
      if (!on_event(found->second, now)) connections_.erase(found);
    }
    for (auto it = connections_.begin(); it != connections_.end();) {
      const bool over = it->second.deadline <= now && expired(it->second, now);
      it = over ? connections_.erase(it) : std::next(it);
    }
    take_inbox(now);
    if (!draining_) continue;
    if (stop_by == SteadyTime::max()) stop_by = now + limits_.linger;
    std::erase_if(connections_, [](const auto& entry) {
      return entry.second.phase == Connection::Phase::Reading ||
             entry.second.phase == Connection::Phase::Lingering;
    });
    if (connections_.empty() || now >= stop_by) break;
  }
  connections_.clear();
}

Duration ConnectionLoop::wait_time(SteadyTime now) const {
  SteadyTime first = now + std::chrono::minutes(1);
  for (const auto& [id, connection] : connections_) first = std::min(first, connection.deadline);
  return std::max(first - now, Duration::zero());
}

void ConnectionLoop::take_inbox(SteadyTime now) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(wake_.get(), &count, sizeof count);
  std::vector<UniqueFd> fresh;
  std::vector<Answer> answers;
  {
    const std::scoped_lock lock(mutex_);
    fresh.swap(fresh_);
    answers.swap(answers_);
    draining_ = stopping_;
  }
  for (UniqueFd& socket : fresh) {
    if (connections_.size() >= limits_.connections) make_room();
    if (draining_ || connections_.size() >= limits_.connections) continue;
    Connection& connection = connections_[next_id_];
    connection.id = next_id_++;
    connection.socket = std::move(socket);
    connection.since = now;
    connection.deadline = now + limits_.request;
  }
  for (Answer& ready : answers) {
    const auto found = connections_.find(ready.connection);
    if (found == connections_.end()) continue;
    if (!answer(found->second, std::move(ready.wire), now)) connections_.erase(found);
  }
}

// Prefers what is over already, then what has waited longest without having said a whole request.
void ConnectionLoop::make_room() {
  const auto rank = [](const Connection& c) {
    return std::pair(c.phase == Connection::Phase::Lingering ? 0 : 1, c.since);
  };
  auto victim = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    const auto phase = it->second.phase;
    if (phase == Connection::Phase::Working || phase == Connection::Phase::Writing) continue;
    if (victim == connections_.end() || rank(it->second) < rank(victim->second)) victim = it;
  }
  if (victim != connections_.end()) connections_.erase(victim);
}

bool ConnectionLoop::on_event(Connection& connection, SteadyTime now) {
  return connection.phase == Connection::Phase::Writing ? write_some(connection, now)
                                                        : read_some(connection, now);
}

bool ConnectionLoop::read_some(Connection& connection, SteadyTime now) {
  std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  const auto count = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0) return would_block();
  if (count == 0) return false;
  if (connection.phase == Connection::Phase::Lingering) return true;  // nobody reads it any more
  if (connection.in.empty()) connection.deadline = now + limits_.request;
  connection.in.append(buffer.data(), static_cast<std::size_t>(count));
  return next_request(connection, now);
}

bool ConnectionLoop::next_request(Connection& connection, SteadyTime now) {
  const RequestFrame frame = find_request(connection.in, limits_.frame);
  if (frame.kind == RequestFrame::Kind::Incomplete) return true;
  connection.close = frame.kind == RequestFrame::Kind::Rejected || !frame.keep_alive || draining_;
  if (frame.kind == RequestFrame::Kind::Rejected) {
    connection.in.clear();
    return answer(connection, {raw_answer(frame.status, frame.why)}, now);
  }
  Job job{connection.id, {connection.in.substr(0, frame.size), frame.head_size, connection.close}};
  connection.in.erase(0, frame.size);
  connection.phase = Connection::Phase::Working;
  connection.deadline = SteadyTime::max();  // handlers are ours: they end by themselves
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  has_job_.notify_one();
  return true;
}

std::size_t ConnectionLoop::unsent() const {
  std::size_t bytes = 0;
  for (const auto& [id, connection] : connections_) bytes += size_of(connection.out);
  return bytes;
}

bool ConnectionLoop::answer(Connection& connection, WireAnswer wire, SteadyTime now) {
  if (wire.head.empty()) return false;
  const std::size_t others = unsent();
  if (others > 0 && others + size_of(wire) > limits_.unsent) return false;
  connection.out = std::move(wire);
  connection.sent = 0;
  connection.phase = Connection::Phase::Writing;
  connection.deadline = now + limits_.request;
  return write_some(connection, now);
}

bool ConnectionLoop::write_some(Connection& connection, SteadyTime now) {
  while (connection.sent < size_of(connection.out)) {
    const std::string_view left = unsent_part(connection.out, connection.sent);
    const auto count = ::send(connection.socket.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (count < 0 && would_block()) return true;
    if (count < 0) return false;
    connection.sent += static_cast<std::size_t>(count);
  }
  // Moved out and not overwritten, which would keep its memory for as long as the client stays.
  { const WireAnswer sent = std::move(connection.out); }
  connection.sent = 0;
  connection.since = now;
  if (connection.close) {
    // Closing while the client still sends would take the answer from it.
    ::shutdown(connection.socket.get(), SHUT_WR);
    connection.phase = Connection::Phase::Lingering;
    connection.deadline = now + limits_.linger;
    return true;
  }
  connection.phase = Connection::Phase::Reading;
  connection.deadline = now + (connection.in.empty() ? limits_.idle : limits_.request);
  return next_request(connection, now);
}

// True when it is to be closed.
bool ConnectionLoop::expired(Connection& connection, SteadyTime now) {
  if (connection.phase != Connection::Phase::Reading || connection.in.empty()) return true;
  connection.in.clear();
  connection.close = true;
  return !answer(connection, {raw_answer(408, "the request took too long to come")}, now);
}

}  // namespace defenderd
