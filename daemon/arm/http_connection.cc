#include "arm/http_connection.h"

#include <fcntl.h>
#include <httplib.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

constexpr std::size_t kMaxBody = 8UL * 1024 * 1024;
// Of an answer's head, and of the lines between the chunks of its body.
constexpr std::size_t kMaxLines = 256UL * 1024;

// A connected socket, plain or under TLS, as the library reads and writes it.
class SocketStream final : public httplib::Stream {
 public:
  explicit SocketStream(int socket) : socket_(socket) {}
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;
  ~SocketStream() override {
    tls_.reset();
    ::close(socket_);
  }

  // From here on everything is encrypted.
  TlsSession& start_tls(const TlsContext& context, const std::string& host) {
    return tls_.emplace(context, socket_, host);
  }
  // So long may one read or write take. What the watchdog cuts ends earlier.
  void set_timeout(Duration timeout) {
    if (timeout == timeout_) return;
    timeout_ = timeout;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
    const timeval limit{us / 1'000'000, us % 1'000'000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  void begin_exchange() { lines_ = 0; }
  [[nodiscard]] bool too_many_lines() const { return lines_ > kMaxLines; }
  // All that came has been read, and the peer has not said goodbye.
  [[nodiscard]] bool is_at_rest() const {
    return begin_ == end_ && !ended_ && !(tls_ && tls_->has_unread());
  }

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }

  // The library reads lines byte by byte and all else in larger pieces. Nearly all calls are for
  // one byte that has come already: they are most of what this class costs, and so stand alone.
  ssize_t read(char* to, std::size_t size) override {
    if (size != 1 || begin_ == end_ || lines_ >= kMaxLines) return read_piece(to, size);
    ++lines_;
    *to = buffer_[begin_++];
    return 1;
  }
  ssize_t write(const char* from, std::size_t size) override {
    if (tls_) return tls_->write(from, size);
    while (true) {
      const ssize_t count = ::send(socket_, from, size, MSG_NOSIGNAL);
      if (count >= 0 || errno != EINTR) return count;
    }
  }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  [[gnu::noinline]] ssize_t read_piece(char* to, std::size_t size) {
    if (size == 1 && ++lines_ > kMaxLines) return -1;
    if (begin_ == end_) {
      const ssize_t count = receive();
      ended_ = count <= 0;
      if (ended_) return count;
      begin_ = 0;
      end_ = static_cast<std::size_t>(count);
    }
    const std::size_t count = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, count, to);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t receive() {
    if (tls_) return tls_->read(buffer_.data(), buffer_.size());
    while (true) {
      const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (count >= 0 || errno != EINTR) return count;
    }
  }

  const int socket_;
  std::optional<TlsSession> tls_ = {};
  Duration timeout_{0};
  std::array<char, 16384> buffer_ = {};  // what a TLS record holds at most
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t lines_ = 0;  // bytes of lines in this exchange
  bool ended_ = false;
};

// What the library does for us: connecting, and writing a request and reading its answer.
class Exchanger final : public httplib::ClientImpl {
 public:
  Exchanger(const std::string& host, int port, Duration connect_timeout, SocketHandle& handle)
      : ClientImpl(host, port) {
    set_tcp_nodelay(true);
    set_connection_timeout(connect_timeout);
    set_read_timeout(connect_timeout);
    set_write_timeout(connect_timeout);
    set_socket_options([&handle](auto descriptor) { handle.attach(descriptor); });
  }
  // -1 with the library's word for it.
  int connect(httplib::Error& error) {
    Socket socket;
    if (!create_and_connect_socket(socket, error)) return -1;
    ::fcntl(socket.sock, F_SETFL, ::fcntl(socket.sock, F_GETFL) & ~O_NONBLOCK);
    return socket.sock;
  }
  bool run(httplib::Stream& stream, httplib::Request& request, httplib::Response& response,
           httplib::Error& error) {
    return process_request(stream, request, response, false, error);
  }
};

std::string host_and_port(const Origin& origin) {
  const bool ipv6 = origin.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
}

std::string host_header(const Origin& origin) {
  const std::string text = origin.text();
  return text.substr(text.find("://") + 3);
}

std::string basic_auth(const ProxyAddress& proxy) {
  return httplib::make_basic_authentication_header(proxy.user, proxy.password.reveal(), true)
      .second;
}

// Whether the server takes another request on this connection.
bool allows_another(const httplib::Response& response) {
  if (response.version != "HTTP/1.1") return false;
  const auto [begin, end] = response.headers.equal_range("Connection");
  return std::none_of(begin, end, [](const auto& header) {
    return to_lower(header.second).find("close") != std::string::npos;
  });
}

HttpResponse taken_from(httplib::Response& from, std::string body) {
  HttpResponse response{from.status, {}, std::move(body)};
  response.headers.reserve(from.headers.size());
  while (!from.headers.empty()) {
    auto header = from.headers.extract(from.headers.begin());
    response.headers.emplace_back(std::move(header.key()), std::move(header.mapped()));
  }
  return response;
}

}  // namespace

struct HttpConnection::Impl {
  const Origin origin;
  const TlsContext& tls;
  const Options options;
  std::string where;  // for people
  const std::string host;
  SocketHandle handle;
  Exchanger exchanger;
  std::optional<SocketStream> stream = {};
  bool usable = true;

  Impl(const Origin& to, const TlsContext& context, const Options& given)
      : origin(to),
        tls(context),
        options(given),
        where(to.text()),
        host(host_header(to)),
        exchanger(given.proxy == nullptr ? to.host : given.proxy->host,
                  given.proxy == nullptr ? to.port : given.proxy->port, given.connect_timeout,
                  handle) {
    if (options.proxy == nullptr) return;
    where +=
        " through the proxy " + options.proxy->host + ":" + std::to_string(options.proxy->port);
  }

  [[nodiscard]] std::optional<TransportError> connect(const Clock& clock);
  [[nodiscard]] std::optional<TransportError> open_tunnel();
  [[nodiscard]] std::optional<TransportError> start_tls();
  [[nodiscard]] httplib::Request wire_request(const HttpRequest& request) const;
  [[nodiscard]] Result<HttpResponse, TransportError> ask(const HttpRequest& request);
  [[nodiscard]] TransportError broken() const {
    return {Kind::Broken, "the connection to " + where + " broke before the answer was whole",
            true};
  }
};

std::optional<TransportError> HttpConnection::Impl::connect(const Clock& clock) {
  auto error = httplib::Error::Success;
  const SteadyTime start = clock.steady_now();
  const int socket = exchanger.connect(error);
  if (socket < 0) {
    const bool slow = clock.steady_now() - start >= options.connect_timeout;
    if (slow || error == httplib::Error::ConnectionTimeout)
      return TransportError{Kind::Timeout, "connecting to " + where + " took too long", false};
    return TransportError{Kind::Connect,
                          "cannot connect to " + where + " (unknown name, refused, or unreachable)",
                          false};
  }
  stream.emplace(socket);
  stream->set_timeout(options.connect_timeout);
  if (!origin.tls) return std::nullopt;
  if (options.proxy != nullptr) {
    if (auto refused = open_tunnel()) return refused;
  }
  return start_tls();
}

std::optional<TransportError> HttpConnection::Impl::open_tunnel() {
  httplib::Request request;
  request.method = "CONNECT";
  request.path = host_and_port(origin);
  request.headers.emplace("Host", request.path);
  if (!options.proxy->user.empty())
    request.headers.emplace("Proxy-Authorization", basic_auth(*options.proxy));
  httplib::Response response;
  auto error = httplib::Error::Success;
  if (!exchanger.run(*stream, request, response, error))
    return TransportError{Kind::Connect, "cannot connect to " + where, false};
  if (response.status >= 200 && response.status < 300 && stream->is_at_rest()) return std::nullopt;
  return TransportError{
      Kind::Connect,
      "cannot connect to " + where + ": the proxy answers " + std::to_string(response.status) +
          (response.status == 407 ? " (check user and password in HTTPS_PROXY)" : ""),
      false};
}

std::optional<TransportError> HttpConnection::Impl::start_tls() {
  TlsSession& session = stream->start_tls(tls, origin.host);
  switch (session.handshake()) {
    case TlsSession::Handshake::Done:
      return std::nullopt;
    case TlsSession::Handshake::TimedOut:
      return TransportError{Kind::Timeout, "the TLS handshake with " + where + " took too long",
                            false};
    case TlsSession::Handshake::Failed:
      return TransportError{Kind::Tls,
                            "no TLS connection with " + where + " (is it an HTTPS port?)", false};
    case TlsSession::Handshake::NotTrusted:
      break;
  }
  const long why = session.verify_result();
  if (why == X509_V_ERR_HOSTNAME_MISMATCH || why == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return TransportError{
        Kind::Tls,
        "the certificate of " + where +
            " is for another host; check the name in azure.endpoints, and any proxy between",
        false};
  }
  return TransportError{
      Kind::Tls,
      "the certificate of " + where + " is not trusted (" + X509_verify_cert_error_string(why) +
          "); where it comes from a private CA, name the CA file in azure.endpoints.caFile",
      false};
}

httplib::Request HttpConnection::Impl::wire_request(const HttpRequest& request) const {
  httplib::Request wire;
  wire.method = request.method;
  wire.path = request.target;
  if (options.proxy != nullptr && !origin.tls) {
    wire.path = origin.text() + request.target;
    if (!options.proxy->user.empty())
      wire.headers.emplace("Proxy-Authorization", basic_auth(*options.proxy));
  }
  wire.headers.emplace("Host", host);
  for (const auto& [name, value] : request.headers) wire.headers.emplace(name, value);
  wire.headers.emplace("Accept-Encoding", "identity");
  if (!request.content_type.empty()) wire.headers.emplace("Content-Type", request.content_type);
  wire.body = request.body;
  return wire;
}

Result<HttpResponse, TransportError> HttpConnection::Impl::ask(const HttpRequest& request) {
  httplib::Request wire = wire_request(request);
  std::string body;
  bool too_large = false;
  wire.content_receiver = [&](const char* data, std::size_t length, std::uint64_t /*at*/,
                              std::uint64_t total) {
    too_large = body.size() + length > kMaxBody;
    if (too_large) return false;
    if (body.empty()) body.reserve(std::min<std::size_t>(total, kMaxBody));
    body.append(data, length);
    return true;
  };
  httplib::Response response;
  auto error = httplib::Error::Success;
  stream->begin_exchange();
  const bool whole = exchanger.run(*stream, wire, response, error);
  if (too_large) {
    return Unexpected(
        TransportError{Kind::TooLarge, "the answer of " + where + " is larger than 8 MiB", true});
  }
  if (stream->too_many_lines()) {
    return Unexpected(
        TransportError{Kind::TooLarge,
                       "the headers of the answer of " + where + " are larger than 256 KiB", true});
  }
  if (!whole || response.status < 0) return Unexpected(broken());
  usable = allows_another(response) && stream->is_at_rest();
  return taken_from(response, std::move(body));
}

HttpConnection::HttpConnection(const Origin& origin, const TlsContext& tls, const Options& options)
    : impl_(std::make_unique<Impl>(origin, tls, options)) {}
HttpConnection::~HttpConnection() = default;

Result<HttpResponse, TransportError> HttpConnection::exchange(const HttpRequest& request,
                                                              SocketWatchdog& watchdog,
                                                              SteadyTime deadline,
                                                              const std::stop_token& stop) {
  Impl& impl = *impl_;
  const SystemClock clock;  // sockets live in real time
  impl.handle.reset();
  const SocketWatchdog::Watch watch(watchdog, impl.handle, deadline);
  const std::stop_callback cut_on_stop(stop, [&impl] { impl.handle.cut(); });
  Result<HttpResponse, TransportError> result = Unexpected(impl.broken());
  std::optional<TransportError> unconnected;
  if (!impl.stream) unconnected = impl.connect(clock);
  if (!unconnected) {
    // The watchdog ends what lasts too long; the socket's own limit is only to come after it.
    impl.stream->set_timeout(request.timeout + std::chrono::seconds(1));
    result = impl.ask(request);
  } else {
    result = Unexpected(*std::move(unconnected));
  }
  if (result) return result;
  impl.usable = false;
  TransportError& error = result.error();
  if (stop.stop_requested()) {
    error = {Kind::Stopped, "stopped while waiting for " + impl.where, error.may_have_arrived};
  } else if (impl.handle.was_cut()) {
    error = {Kind::Timeout, impl.where + " did not answer in time", error.may_have_arrived};
  }
  return result;
}

bool HttpConnection::keeps_alive() const { return impl_->usable && impl_->stream; }

bool HttpConnection::is_usable() const { return keeps_alive() && !impl_->handle.has_input(); }

}  // namespace defenderd
