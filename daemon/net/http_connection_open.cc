#include <openssl/x509_vfy.h>

#include <algorithm>
#include <utility>

#include "base/host_port.h"
#include "net/basic_authorization.h"
#include "net/http_connection_impl.h"
#include "net/https_transport.h"
#include "net/resolver.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

}  // namespace

TransportError HttpConnection::Impl::refused_with(const std::string& alert,
                                                  TransportError failure) {
  if (alert.empty()) return failure;
  failure.message += ": the server refused it with \"" + alert + '"';
  failure.refused = true;
  return failure;
}

TransportError HttpConnection::Impl::connecting_took_too_long() const {
  return {Kind::Timeout, "connecting to " + where + " took too long", false};
}

HttpHeaders HttpConnection::Impl::proxy_authorization() const {
  if (options.proxy->user.empty()) return {};
  return {{"Proxy-Authorization",
           basic_authorization(options.proxy->user, options.proxy->password.reveal())}};
}

std::optional<TransportError> HttpConnection::Impl::open(SocketWatchdog& watchdog,
                                                         SteadyTime deadline) {
  const SystemClock clock;  // sockets live in real time
  std::optional<TransportError> failure;
  {
    const SocketWatchdog::Watch watch(watchdog, handle, deadline);
    failure = connect(deadline);
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

std::optional<TransportError> HttpConnection::Impl::connect(SteadyTime deadline) {
  const SystemClock clock;  // sockets live in real time
  const SteadyTime start = clock.steady_now();
  const std::string& peer = options.proxy == nullptr ? origin.host : options.proxy->host;
  const Resolved resolved = resolve(peer, std::min(options.connect_timeout, deadline - start));
  if (resolved.timed_out) {
    TransportError failure = connecting_took_too_long();
    failure.message += ": no name server answers for " + peer;
    return failure;
  }
  bool timed_out = false;
  for (const std::string& address : resolved.addresses) {
    HttplibClient::Connected connected = client.connect(address);
    if (connected.socket.is_open()) {
      stream.emplace(std::move(connected.socket));
      return std::nullopt;
    }
    timed_out = timed_out || connected.timed_out;
    if (handle.was_cut()) break;
  }
  const bool slow = clock.steady_now() - start >= options.connect_timeout;
  if (slow || timed_out) return connecting_took_too_long();
  return TransportError{Kind::Connect,
                        "cannot connect to " + where + " (unknown name, refused, or unreachable)",
                        false};
}

std::optional<TransportError> HttpConnection::Impl::open_tunnel() {
  RequestHead head{"CONNECT", host_and_port(origin.host, origin.port), proxy_authorization()};
  head.headers.emplace_back("Host", head.target);
  AnswerFrame frame(Asked::Connect);
  if (client.write(*stream, head, "")) read(frame);
  const auto failed = [this](const std::string& why) {
    return TransportError{Kind::Connect, "cannot connect to " + where + ": " + why, false};
  };
  if (frame.state() == AnswerFrame::State::Incomplete)
    return failed("the proxy closed the connection before its answer was complete");
  if (frame.state() != AnswerFrame::State::Complete)
    return failed("the proxy's answer " + refusal(frame) + "; check HTTPS_PROXY");
  const int status = frame.take().status;
  if (status >= 200 && status < 300) {
    if (stream->is_at_rest()) return std::nullopt;
    return failed("the proxy sends extra data after its answer; check HTTPS_PROXY");
  }
  return failed("the proxy answered " + std::to_string(status) +
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
      if (!session.alert().empty()) {
        return refused_with(session.alert(), {Kind::Tls, "no TLS connection with " + where, false});
      }
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
            " is for another host; check the name in azure.endpoints, and any proxy in between",
        false};
  }
  return TransportError{Kind::Tls,
                        "the certificate of " + where + " is not trusted (" +
                            X509_verify_cert_error_string(why) + "); if it is from a private CA, " +
                            std::string(kTrustAdvice),
                        false};
}

}  // namespace defenderd
