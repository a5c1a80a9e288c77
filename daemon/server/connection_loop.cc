#include "server/connection_loop.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "server/request_parser.h"

namespace defenderd {
namespace {

using Phase = Connection::Phase;

// Answers up to this size, which includes those of probes, are always sent.
constexpr std::size_t kSmallAnswer = std::size_t{32} << 10U;

// How many handshakes begin before the others have their turn. One takes a millisecond or more.
constexpr int kHandshakesPerTurn = 8;

UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

}  // namespace

ConnectionLoop::ConnectionLoop(UniqueFd listener, UniqueFd wake, const Clock& clock,
                               ConnectionLimits limits, Hooks hooks)
    : clock_(clock),
      limits_(limits),
      hooks_(std::move(hooks)),
      wake_(std::move(wake)),
      listener_(std::move(listener)),
      spare_(copy_of(wake_)),
      table_(limits.table),
      workers_([this](const Workers::Job& job) { work(job); },
               [this](RouteKind kind) {
                 guarded("releasing memory", hooks_.threw, [&] { hooks_.rest(kind); });
               },
               hooks_.heartbeats) {
  // Allocated before it runs, because there may be no memory then.
  polled_.reserve(limits_.table.answers + limits_.table.reserve + 2);
  ids_.reserve(polled_.capacity());
  handshakes_.reserve(polled_.capacity());
  taken_.reserve(polled_.capacity());
  {
    const MutexLock lock(mutex_);
    ready_.reserve(polled_.capacity());
  }
  thread_ = std::thread([this] { loop(); });
}

ConnectionLoop::~ConnectionLoop() { stop(); }

void ConnectionLoop::wake() const {
  const std::uint64_t increment = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &increment, sizeof increment);
}

void ConnectionLoop::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  workers_.stop();
}

void ConnectionLoop::work(const Workers::Job& job) {
  Ready ready{job.connection};
  guarded("answering a request", hooks_.threw,
          [&] { ready.response = hooks_.respond(job.request); });
  {
    const MutexLock lock(mutex_);
    ready_.push_back(std::move(ready));
  }
  wake();
}

void ConnectionLoop::loop() {
  const Heartbeat heartbeat(hooks_.heartbeats, "server");
  while (!draining_ || (table_.size() > 0 && clock_.steady_now() < stop_by_)) {
    beat();
    wait(std::min(next_deadline(clock_.steady_now()), stop_by_));
    guarded("serving connections", hooks_.threw, [&] { turn(clock_.steady_now()); });
    if (stopping_) drain(clock_.steady_now());
  }
  table_.clear();
}

SteadyTime ConnectionLoop::next_deadline(SteadyTime now) const {
  SteadyTime first = now + kBeatEvery;
  if (accept_after_ > now) first = std::min(first, accept_after_);
  for (const Connection& connection : table_.all()) first = std::min(first, connection.deadline);
  return first;
}

void ConnectionLoop::wait(SteadyTime until) {
  const SteadyTime now = clock_.steady_now();
  polled_.assign(1, {wake_.get(), POLLIN, 0});
  // poll ignores a negative descriptor.
  polled_.push_back({accept_after_ > now ? -1 : listener_.get(), POLLIN, 0});
  ids_.clear();
  for (const Connection& connection : table_.all()) {
    if (connection.phase == Phase::Working) continue;
    const short usual = connection.phase == Phase::Writing ? POLLOUT : POLLIN;
    short events = connection.tls ? connection.tls->awaits(usual) : usual;
    if (connection.awaits_handshake()) events |= POLLRDHUP;
    polled_.push_back({connection.socket.get(), events, 0});
    ids_.push_back(connection.id);
  }
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  ::poll(polled_.data(), polled_.size(), static_cast<int>(std::clamp<std::int64_t>(ms, 0, 60'000)));
}

void ConnectionLoop::turn(SteadyTime now) {
  some_gave_up_ = false;
  handshakes_.clear();
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const short events = polled_[i + 2].revents;
    Connection* const ready = table_.find(ids_[i]);
    if (ready == nullptr) continue;  // closed meanwhile to make room
    ready->is_idle = events == 0;
    if (events == 0) continue;
    if (ready->awaits_handshake()) {
      const bool gave_up = (events & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
      some_gave_up_ = some_gave_up_ || gave_up;
      if (!gave_up) {
        // Those that have just asked are the newest, however long ago they connected.
        if (!std::exchange(ready->has_asked, true)) table_.progressed(*ready, now);
        handshakes_.push_back(ids_[i]);
        continue;
      }
    }
    on_connection(ids_[i], [&](Connection& connection) { return on_event(connection, now); });
  }
  for (const std::uint64_t id : ids_) {
    const Connection* const connection = table_.find(id);
    if (connection == nullptr || connection->deadline > now) continue;
    on_connection(id, [&](Connection& late) { return !expired(late, now); });
  }
  take_answers(now);
  // Before handshakes, which take time: then the places of those that left meanwhile are not free
  // yet, and the oldest that still waits would be closed for a new one.
  if (polled_[1].revents != 0) accept_some(now);
  begin_handshakes(now);
}

// If more are asked for than can be done, the newest come first: a probe is among them, however
// many wait. Where clients give up, new ones may keep coming faster than that: then the oldest and
// the newest are served in turn, so that one that stays becomes the oldest soon.
void ConnectionLoop::begin_handshakes(SteadyTime now) {
  bool oldest = false;
  std::size_t front = 0;
  std::size_t back = handshakes_.size();
  for (int begun = 0; begun < kHandshakesPerTurn && front < back;) {
    const std::uint64_t id = oldest ? handshakes_[front++] : handshakes_[--back];
    on_connection(id, [&](Connection& connection) { return read_some(connection, now); });
    if (table_.find(id) == nullptr) continue;  // what is closed at once costs little
    ++begun;
    oldest = some_gave_up_ && !oldest;
  }
}

template <class Step>
void ConnectionLoop::on_connection(std::uint64_t id, const Step& step) {
  Connection* const connection = table_.find(id);
  if (connection == nullptr) return;  // closed meanwhile to make room
  bool stays = false;
  guarded("serving a connection", hooks_.threw, [&] { stays = step(*connection); });
  if (!stays) close(*connection);
}

void ConnectionLoop::begin_reading(const Connection& fresh, SteadyTime now) {
  on_connection(fresh.id, [&](Connection& connection) {
    // Before its TLS: what changes in between ends it.
    if (hooks_.rules) connection.rules = hooks_.rules();
    if (hooks_.secure) connection.tls = hooks_.secure(connection.socket.get());
    // Its handshake has its turn, and one that left while it waited to be accepted takes no place.
    if (connection.tls) return !has_left(connection);
    return read_some(connection, now);  // its request has usually arrived with it
  });
}

void ConnectionLoop::close(const Connection& connection) {
  if (connection.phase == Phase::Writing) unsent_.remove(connection.out);
  table_.close(connection);
  if (spare_.get() < 0) spare_ = copy_of(wake_);
}

void ConnectionLoop::drain(SteadyTime now) {
  if (!draining_) stop_by_ = now + limits_.linger;
  draining_ = true;
  listener_.reset();
  table_.close_unanswered();
}

void ConnectionLoop::take_answers(SteadyTime now) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(wake_.get(), &count, sizeof count);
  {
    const MutexLock lock(mutex_);
    taken_.swap(ready_);
  }
  for (Ready& item : taken_) {
    on_connection(item.connection, [&](Connection& connection) {
      return item.response && answer(connection, *std::move(item.response), now);
    });
  }
  taken_.clear();
}

bool ConnectionLoop::submit(Connection& connection, Request request, SteadyTime now) {
  connection.kind = hooks_.kind_of(request);
  connection.options.head_only = request.method == "HEAD";
  if (connection.kind != RouteKind::Probe && table_.answers_full()) {
    const Connection* const victim = table_.stalled(now);
    if (victim == nullptr) {
      return refuse(connection, Refused::Busy,
                    busy("too many requests are in progress; try again in a second"), now);
    }
    hooks_.refused(Refused::Evicted);
    close(*victim);
  }
  if (connection.kind == RouteKind::Login && workers_.waiting(RouteKind::Login) >= limits_.logins) {
    return refuse(connection, Refused::Busy,
                  busy("too many passwords wait to be verified; try again in a second"), now);
  }
  connection.phase = Phase::Working;
  connection.deadline = SteadyTime::max();  // handlers are ours: they end
  workers_.submit(connection.kind, {connection.id, std::move(request)});
  return true;
}

bool ConnectionLoop::refuse(Connection& connection, Refused why, Response response,
                            SteadyTime now) {
  hooks_.refused(why);
  connection.in.clear();
  connection.options.close = true;
  return begin_writing(connection, to_wire(std::move(response), connection.options), now);
}

bool ConnectionLoop::answer(Connection& connection, Response response, SteadyTime now) {
  if (draining_ || is_outdated(connection)) connection.options.close = true;
  WireAnswer wire = to_wire(std::move(response), connection.options);
  const auto fits = [&] {
    const std::size_t others = unsent_.total();
    return others == 0 || wire.size() <= kSmallAnswer ||
           others + unsent_.cost(wire) <= std::max(limits_.unsent, 2 * unsent_.cost(wire));
  };
  while (!fits()) {
    const Connection* const victim = table_.stalled(now);
    if (victim == nullptr) {
      return refuse(connection, Refused::Memory,
                    busy("too many answers wait for slow clients; try again"), now);
    }
    hooks_.refused(Refused::Evicted);
    close(*victim);
  }
  return begin_writing(connection, std::move(wire), now);
}

bool ConnectionLoop::begin_writing(Connection& connection, WireAnswer wire, SteadyTime now) {
  unsent_.add(wire);
  connection.out = std::move(wire);
  connection.sent = 0;
  connection.phase = Phase::Writing;
  connection.deadline = now + limits_.request;
  table_.progressed(connection, now);
  return write_some(connection, now);
}

bool ConnectionLoop::is_outdated(const Connection& connection) const {
  return hooks_.rules && hooks_.rules() != connection.rules;
}

// True if it must be closed.
bool ConnectionLoop::expired(Connection& connection, SteadyTime now) {
  if (connection.phase != Phase::Reading || connection.in.empty()) return true;
  return !refuse(connection, Refused::Malformed,
                 text_response(408, "the request took too long to arrive"), now);
}

}  // namespace defenderd
