#include "net/http_connection.h"

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
#include <string_view>
#include <utility>

#include "net/answer_frame.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

// The watchdog ends what lasts too long; the socket's own limit is only to come after it.
constexpr Duration kAfterWatchdog = std::chrono::seconds(1);

// A connected socket, plain or under TLS. The library writes requests to it; what comes back is
// taken by receive() and seen by AnswerFrame alone.
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
  // Waits until more has come. False at the end of the connection: `broke` says whether the peer
  // ended it in good order.
  [[nodiscard]] bool receive() {
    if (begin_ < end_) return true;
    const ssize_t count = receive_piece();
    ended_ = count <= 0;
    broke_ = count < 0;
    begin_ = 0;
    end_ = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    return !ended_;
  }
  [[nodiscard]] bool broke() const { return broke_; }
  [[nodiscard]] std::string_view received() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  void take(std::size_t count) { begin_ += count; }
  // All that came has been read, and the peer has not said goodbye.
  [[nodiscard]] bool is_at_rest() const {
    return begin_ == end_ && !ended_ && !(tls_ && tls_->has_unread());
  }

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }

  // Of an answer the library gets nothing. It would match the status line by std::regex, which
  // takes a stack frame for each letter, and read all lines byte by byte.
  ssize_t read(char* /*to*/, std::size_t /*size*/) override { return -1; }
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
  ssize_t receive_piece() {
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
  bool ended_ = false;
  bool broke_ = false;
};

// What the library does for us: connecting, and writing requests.
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
  // Writes the request. The library then wants to read the answer and fails, for the stream gives
  // it none: that it came so far says that all is written.
  bool write(httplib::Stream& stream, httplib::Request& request) {
    httplib::Response none;
    auto error = httplib::Error::Success;
    process_request(stream, request, none, false, error);
    return error == httplib::Error::Read;
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

// What is wrong with an answer, behind its subject.
std::string refusal(const AnswerFrame& frame) {
  const bool malformed = frame.state() == AnswerFrame::State::Malformed;
  return (malformed ? "is not valid HTTP: " : "is refused: ") + frame.why();
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

  [[nodiscard]] TransportError connecting_took_too_long() const {
    return {Kind::Timeout, "connecting to " + where + " took too long", false};
  }
  // Each step says why it failed, or nothing.
  [[nodiscard]] std::optional<TransportError> open(SocketWatchdog& watchdog, SteadyTime deadline);
  [[nodiscard]] std::optional<TransportError> connect();
  [[nodiscard]] std::optional<TransportError> open_tunnel();
  [[nodiscard]] std::optional<TransportError> start_tls();
  [[nodiscard]] httplib::Request wire_request(const HttpRequest& request) const;
  // To the end of the answer, or of the connection.
  void read(AnswerFrame& frame);
  [[nodiscard]] Result<HttpResponse, TransportError> ask(const HttpRequest& request);
  [[nodiscard]] Result<HttpResponse, TransportError> open_and_ask(const HttpRequest& request,
                                                                  SocketWatchdog& watchdog,
                                                                  SteadyTime deadline);
};

std::optional<TransportError> HttpConnection::Impl::open(SocketWatchdog& watchdog,
                                                         SteadyTime deadline) {
  const SystemClock clock;  // sockets live in real time
  std::optional<TransportError> failure;
  {
    const SocketWatchdog::Watch watch(watchdog, handle, deadline);
    failure = connect();
  }
  if (!failure) {
    // The proxy and the TLS handshake together: each could send a byte now and then.
    const SteadyTime connected_by = clock.steady_now() + options.connect_timeout;
    const SocketWatchdog::Watch watch(watchdog, handle, std::min(deadline, connected_by));
    stream->set_timeout(options.connect_timeout + kAfterWatchdog);
    if (origin.tls && options.proxy != nullptr) failure = open_tunnel();
    if (origin.tls && !failure) failure = start_tls();
  }
  if (failure && handle.was_cut()) return connecting_took_too_long();
  return failure;
}

std::optional<TransportError> HttpConnection::Impl::connect() {
  const SystemClock clock;  // sockets live in real time
  auto error = httplib::Error::Success;
  const SteadyTime start = clock.steady_now();
  const int socket = exchanger.connect(error);
  if (socket >= 0) {
    stream.emplace(socket);
    return std::nullopt;
  }
  const bool slow = clock.steady_now() - start >= options.connect_timeout;
  if (slow || error == httplib::Error::ConnectionTimeout) return connecting_took_too_long();
  return TransportError{Kind::Connect,
                        "cannot connect to " + where + " (unknown name, refused, or unreachable)",
                        false};
}

std::optional<TransportError> HttpConnection::Impl::open_tunnel() {
  httplib::Request request;
  request.method = "CONNECT";
  request.path = host_and_port(origin);
  request.headers.emplace("Host", request.path);
  if (!options.proxy->user.empty())
    request.headers.emplace("Proxy-Authorization", basic_auth(*options.proxy));
  AnswerFrame frame(Asked::Connect);
  if (exchanger.write(*stream, request)) read(frame);
  const auto failed = [this](const std::string& why) {
    return TransportError{Kind::Connect, "cannot connect to " + where + ": " + why, false};
  };
  if (frame.state() == AnswerFrame::State::Incomplete)
    return failed("the proxy ended the connection before its answer was whole");
  if (frame.state() != AnswerFrame::State::Complete)
    return failed("the proxy's answer " + refusal(frame) + "; check HTTPS_PROXY");
  const int status = frame.take().status;
  if (status >= 200 && status < 300) {
    if (stream->is_at_rest()) return std::nullopt;
    return failed("the proxy sends something of its own behind its answer; check HTTPS_PROXY");
  }
  return failed("the proxy answers " + std::to_string(status) +
                (status == 407 ? " (check user and password in HTTPS_PROXY)" : ""));
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

void HttpConnection::Impl::read(AnswerFrame& frame) {
  while (frame.state() == AnswerFrame::State::Incomplete) {
    if (!stream->receive()) {
      if (!stream->broke()) frame.end();
      return;
    }
    stream->take(frame.feed(stream->received()));
  }
}

Result<HttpResponse, TransportError> HttpConnection::Impl::ask(const HttpRequest& request) {
  httplib::Request wire = wire_request(request);
  AnswerLimits limits;
  limits.body = request.max_answer;
  AnswerFrame frame(request.method == "HEAD" ? Asked::Head : Asked::Anything, limits);
  if (exchanger.write(*stream, wire)) read(frame);
  switch (frame.state()) {
    case AnswerFrame::State::Complete:
      usable = frame.keeps_alive() && stream->is_at_rest();
      return frame.take();
    case AnswerFrame::State::Incomplete:
      return Unexpected(TransportError{
          Kind::Broken, "the connection to " + where + " broke before the answer was whole", true});
    case AnswerFrame::State::Malformed:
    case AnswerFrame::State::TooLarge:
      break;
  }
  const bool malformed = frame.state() == AnswerFrame::State::Malformed;
  return Unexpected(
      TransportError{malformed ? Kind::Malformed : Kind::TooLarge,
                     "the answer of " + where + " " + refusal(frame) +
                         "; check what answers there, and any proxy or gateway in between",
                     true});
}

Result<HttpResponse, TransportError> HttpConnection::Impl::open_and_ask(const HttpRequest& request,
                                                                        SocketWatchdog& watchdog,
                                                                        SteadyTime deadline) {
  if (!stream) {
    if (auto failure = open(watchdog, deadline)) return Unexpected(*std::move(failure));
  }
  const SocketWatchdog::Watch watch(watchdog, handle, deadline);
  stream->set_timeout(request.timeout + kAfterWatchdog);
  auto result = ask(request);
  if (!result && handle.was_cut())
    result.error() = {Kind::Timeout, where + " did not answer in time", true};
  return result;
}

HttpConnection::HttpConnection(const Origin& origin, const TlsContext& tls, const Options& options)
    : impl_(std::make_unique<Impl>(origin, tls, options)) {}
HttpConnection::~HttpConnection() = default;

Result<HttpResponse, TransportError> HttpConnection::exchange(const HttpRequest& request,
                                                              SocketWatchdog& watchdog,
                                                              SteadyTime deadline,
                                                              const std::stop_token& stop) {
  Impl& impl = *impl_;
  impl.handle.reset();
  const std::stop_callback cut_on_stop(stop, [&impl] { impl.handle.cut(); });
  auto result = impl.open_and_ask(request, watchdog, deadline);
  if (result) return result;
  impl.usable = false;
  TransportError& error = result.error();
  if (stop.stop_requested())
    error = {Kind::Stopped, "stopped while waiting for " + impl.where, error.may_have_arrived};
  return result;
}

bool HttpConnection::keeps_alive() const { return impl_->usable && impl_->stream; }

bool HttpConnection::is_usable() const { return keeps_alive() && !impl_->handle.has_input(); }

}  // namespace defenderd
