#include "support/fixed_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace defenderd {
namespace {

constexpr int kTickMs = 5;  // how often the end is checked
constexpr std::chrono::milliseconds kDripPause(20);
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_ready(int descriptor, short events) {
  pollfd look{descriptor, events, 0};
  return ::poll(&look, 1, kTickMs) > 0;
}

void pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, kDripPause, [] { return false; });
}

}  // namespace

// One connection, plain or under TLS. Its reads and writes end after a tick.
class FixedServer::Client {
 public:
  Client(int socket, SSL_CTX* tls) : socket_(socket) {
    const timeval tick{0, 1000L * kTickMs};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick);
    if (tls == nullptr) return;
    session_ = SSL_new(tls);
    SSL_set_fd(session_, socket);
    SSL_set_accept_state(session_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    if (session_ != nullptr && works_) SSL_shutdown(session_);
    SSL_free(session_);
    ::close(socket_);
  }

  // The number of bytes; 0: try again; -1: it is over.
  ssize_t read(char* to, std::size_t size) {
    return call([&] { return SSL_read(session_, to, static_cast<int>(size)); },
                [&] { return ::recv(socket_, to, size, 0); });
  }
  ssize_t write(std::string_view text) {
    return call([&] { return SSL_write(session_, text.data(), static_cast<int>(text.size())); },
                [&] { return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); });
  }

 private:
  template <class Encrypted, class Plain>
  ssize_t call(Encrypted encrypted, Plain plain) {
    const ssize_t count = session_ != nullptr ? encrypted() : plain();
    if (count > 0) return count;
    const bool again =
        session_ == nullptr ? count < 0 && errno == EAGAIN : wants_more(static_cast<int>(count));
    works_ = works_ && again;
    return again ? 0 : -1;
  }
  bool wants_more(int result) const {
    const int why = SSL_get_error(session_, result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }

  const int socket_;
  SSL* session_ = nullptr;
  bool works_ = true;
};

FixedServer::FixedServer(std::string answer, bool closes)
    : FixedServer(std::move(answer), Options{.closes = closes}) {}

FixedServer::FixedServer(std::string answer, const Options& options)
    : answer_(std::move(answer)), options_(options) {
  if (options.tls != nullptr) {
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // OpenSSL writes without MSG_NOSIGNAL
    auto tls = armsim::make_server_tls(*options.tls);
    if (!tls) throw std::runtime_error(tls.error().message);
    tls_ = std::move(*tls);
    SSL_CTX_set_mode(tls_.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, length) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FixedServer::~FixedServer() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

int FixedServer::accepted() const {
  const std::scoped_lock lock(mutex_);
  return accepted_;
}

std::vector<std::string> FixedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void FixedServer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!is_ready(listener_, POLLIN)) continue;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    {
      const std::scoped_lock lock(mutex_);
      ++accepted_;
    }
    Client client(socket, tls_.get());
    serve(client, stop);
  }
}

void FixedServer::serve(Client& client, const std::stop_token& stop) {
  std::string head;
  while (!stop.stop_requested()) {
    std::array<char, 4096> buffer{};
    const ssize_t got = client.read(buffer.data(), buffer.size());
    if (got < 0) return;
    head.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t end = head.find(kHeadEnd);
    if (end == std::string::npos) continue;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(head.substr(0, end + kHeadEnd.size()));
    }
    head.clear();  // and whatever body came with it
    answer(client, stop);
    if (options_.closes) return;
  }
}

void FixedServer::answer(Client& client, const std::stop_token& stop) const {
  const bool first = options_.second.empty() || requests().size() == 1;
  std::string_view left = first ? answer_ : options_.second;
  while (!left.empty() && !stop.stop_requested()) {
    if (options_.drip > 0) pause(stop);
    const std::size_t piece = options_.drip > 0 ? options_.drip : left.size();
    const ssize_t sent = client.write(left.substr(0, piece));
    if (sent < 0) return;
    left.remove_prefix(static_cast<std::size_t>(sent));
    if (left.empty() && options_.repeats) left = answer_;
  }
}

}  // namespace defenderd
