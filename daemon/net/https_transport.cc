#include "net/https_transport.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "net/http_connection.h"
#include "net/idle_connections.h"
#include "net/socket_watchdog.h"
#include "net/tls.h"
#include "net/trust_store.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

// A tab is the one control character that a header may contain (RFC 9110 5.5).
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

// Header values are sent as they are: a line break would start a header of somebody else's choice,
// and where a NUL ends a value depends on who reads it.
bool is_safe(const HttpRequest& request) {
  return !has_control(request.target) && !has_control(request.content_type) &&
         std::none_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
           return has_control(header.first) || has_control(header.second);
         });
}

// What a connection that something in between has dropped comes to.
bool is_dead(Kind kind) { return kind == Kind::Timeout || kind == Kind::Broken; }

}  // namespace

std::string with_trust_advice(std::string message, std::string_view advice) {
  if (const std::size_t at = message.find(kTrustAdvice); at != std::string::npos)
    message.replace(at, kTrustAdvice.size(), advice);
  return message;
}

struct HttpsTransport::Impl {
  Options options;
  TlsContext tls;
  SystemClock machine;
  const Clock& clock;
  Random random;
  SocketWatchdog watchdog;
  IdleConnections idle;

  Impl(Options given, const TrustStore& trust)
      : options(std::move(given)),
        tls(trust),
        clock(options.clock != nullptr ? *options.clock : machine),
        watchdog(options.heartbeats) {}

  std::unique_ptr<HttpConnection> connect(const IdleConnections::Key& key) {
    return std::make_unique<HttpConnection>(
        key.origin, tls,
        HttpConnection::Options{
            options.connect_timeout,
            key.use_proxy ? options.proxy.proxy_for(key.origin.host, key.origin.port) : nullptr,
            IdleConnections::renew_at(clock.steady_now(), random.unit())});
  }
};

HttpsTransport::HttpsTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsTransport::~HttpsTransport() = default;

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::create(Options options) {
  const auto trust =
      TrustStore::load({options.ca_file, options.ssl_cert_file, options.ssl_cert_dir});
  if (!trust) return Unexpected(trust.error());
  return create(std::move(options), *trust);
}

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::create(Options options,
                                                               const TrustStore& trust) {
  auto impl = std::make_unique<Impl>(std::move(options), trust);
  const OwnCertificate& own = impl->options.own_certificate;
  if (!own.certificate_file.empty()) {
    auto done = impl->tls.show(own);
    if (!done) return Unexpected(std::move(done.error()));
  }
  return std::unique_ptr<HttpsTransport>(new HttpsTransport(std::move(impl)));
}

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::create_pinned(
    const std::string& certificate_file, Options options) {
  const auto trust = TrustStore::only(certificate_file);
  if (!trust) return Unexpected(trust.error());
  return create(std::move(options), *trust);
}

std::unique_ptr<HttpsTransport> HttpsTransport::create_plain(Duration connect_timeout) {
  Options options;
  options.connect_timeout = connect_timeout;
  return std::unique_ptr<HttpsTransport>(
      new HttpsTransport(std::make_unique<Impl>(std::move(options), TrustStore::nobody())));
}

Result<HttpResponse, TransportError> HttpsTransport::send(const HttpRequest& request,
                                                          std::stop_token stop) {
  beat();
  if (!is_safe(request)) {
    return Unexpected(TransportError{
        Kind::BadRequest,
        "a header or path for " + request.origin.text() +
            " contains a line break or another control character (does a token or secret file "
            "contain more than its one line?)",
        false});
  }
  const IdleConnections::Key key{request.origin, request.use_proxy};
  const SteadyTime now = impl_->clock.steady_now();
  const SteadyTime deadline = impl_->machine.steady_now() + request.timeout;
  const bool repeatable = request.method == "GET" || request.method == "HEAD";
  auto connection = impl_->idle.take(key, repeatable, now);
  const bool kept = connection != nullptr;
  if (!kept) connection = impl_->connect(key);
  auto result = connection->exchange(request, impl_->watchdog, deadline, stop);
  if (!result && kept && is_dead(result.error().kind)) impl_->idle.close_unused_since(key, now);
  if (!result && kept && repeatable && result.error().kind == Kind::Broken) {
    connection = impl_->connect(key);
    result = connection->exchange(request, impl_->watchdog, deadline, stop);
    (result ? result->sent_twice : result.error().sent_twice) = true;
  }
  beat();
  if (result) impl_->idle.give_back(key, std::move(connection), impl_->clock.steady_now());
  return result;
}

}  // namespace defenderd
