#include "arm/https_transport.h"

#include <httplib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "arm/socket_watchdog.h"
#include "arm/trust_store.h"
#include "base/text.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

constexpr std::size_t kMaxBody = 8UL * 1024 * 1024;
// A connection that idles longer has likely been closed by something between.
constexpr Duration kMaxIdle = std::chrono::seconds(50);
constexpr std::size_t kMaxIdleConnections = 64;

struct Connection {
  std::unique_ptr<httplib::Client> client;
  std::string where;  // for people
  SocketHandle socket;
  bool used = false;
  SteadyTime last_used;
};

struct PoolKey {
  Origin origin;
  bool use_proxy = true;
  auto operator<=>(const PoolKey&) const = default;
};

std::chrono::microseconds micros(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

bool has_line_break(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

// Header values are sent as they are: a line break would begin a header of somebody else's choice.
bool is_safe(const HttpRequest& request) {
  if (has_line_break(request.target) || has_line_break(request.content_type)) return false;
  for (const auto& [name, value] : request.headers) {
    if (has_line_break(name) || has_line_break(value)) return false;
  }
  return true;
}

// Has OpenSSL itself hold the certificate against the host. The library's own check takes any IPv4
// address for the beginning of an IPv6 one that the certificate names.
void expect_host(SSL_CTX& context, const std::string& host) {
  X509_VERIFY_PARAM* const expected = SSL_CTX_get0_param(&context);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return;
  ERR_clear_error();
  X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
}

// What is known of an exchange that brought no answer, beside the library's own word.
struct Circumstance {
  bool stopped = false;
  bool cut = false;  // at the deadline
  bool too_large = false;
  bool connect_slow = false;  // as long as connecting may take has passed
  long verify_result = X509_V_OK;
};

TransportError tls_error(const std::string& where, long verify_result) {
  if (verify_result == X509_V_OK || verify_result == X509_V_ERR_HOSTNAME_MISMATCH ||
      verify_result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return {Kind::Tls,
            "the certificate of " + where +
                " is for another host; check the name in azure.endpoints, and any proxy between",
            false};
  }
  return {Kind::Tls,
          "the certificate of " + where + " is not trusted (" +
              X509_verify_cert_error_string(verify_result) +
              "); where it comes from a private CA, name the CA file in azure.endpoints.caFile",
          false};
}

// `where` names the server and the proxy on the way.
TransportError error_of(httplib::Error error, const std::string& where, const Circumstance& saw) {
  if (saw.stopped) return {Kind::Stopped, "stopped while waiting for " + where, true};
  if (saw.cut) return {Kind::Timeout, where + " did not answer in time", true};
  if (saw.too_large)
    return {Kind::TooLarge, "the answer of " + where + " is larger than 8 MiB", true};
  switch (error) {
    case httplib::Error::Connection:
      return {Kind::Connect,
              "cannot connect to " + where + " (unknown name, refused, or unreachable)", false};
    case httplib::Error::ConnectionTimeout:
      return {Kind::Timeout, "connecting to " + where + " took too long", false};
    case httplib::Error::SSLConnection:
      if (saw.connect_slow)
        return {Kind::Timeout, "the TLS handshake with " + where + " took too long", false};
      return {Kind::Tls, "no TLS connection with " + where + " (is it an HTTPS port?)", false};
    case httplib::Error::SSLLoadingCerts:
      return {Kind::Tls, "the CA certificates for " + where + " cannot be used", false};
    case httplib::Error::SSLServerVerification:
      return tls_error(where, saw.verify_result);
    case httplib::Error::Read:
    case httplib::Error::Write:
    case httplib::Error::Canceled:
      return {Kind::Broken, "the connection to " + where + " broke before the answer was whole",
              true};
    default:
      break;
  }
  // Debian 13's library has enumerators of its own for a wrong host name and for a proxy that
  // refuses, which Debian 12's does not have: they are found by their words.
  const std::string text = to_lower(httplib::to_string(error));
  if (text.find("verification") != std::string::npos) return tls_error(where, saw.verify_result);
  if (text.find("proxy") != std::string::npos)
    return {Kind::Connect, "cannot connect to " + where, false};
  return {Kind::Broken, "the exchange with " + where + " failed: " + text, true};
}

}  // namespace

struct HttpsTransport::Impl {
  Options options;
  TrustStore trust;
  SystemClock clock;
  SocketWatchdog watchdog;
  std::mutex mutex;
  std::map<PoolKey, std::vector<std::unique_ptr<Connection>>> idle;

  Impl(Options given, TrustStore store) : options(std::move(given)), trust(std::move(store)) {}

  std::unique_ptr<Connection> connect(const PoolKey& key) const {
    auto connection = std::make_unique<Connection>();
    connection->where = key.origin.text();
    connection->client = std::make_unique<httplib::Client>(connection->where);
    httplib::Client& client = *connection->client;
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_follow_location(false);
    client.set_connection_timeout(micros(options.connect_timeout));
    client.set_socket_options(
        [handle = &connection->socket](auto descriptor) { handle->attach(descriptor); });
    if (key.origin.tls) {
      client.enable_server_certificate_verification(true);
      client.set_ca_cert_store(trust.make_store());
      // Else the library loads the default paths again, into each connection.
      client.set_ca_cert_path("", "/dev/null");
      SSL_CTX_set_min_proto_version(client.ssl_context(), TLS1_2_VERSION);
      expect_host(*client.ssl_context(), key.origin.host);
    }
    const ProxyAddress* const proxy =
        key.use_proxy ? options.proxy.proxy_for(key.origin.host) : nullptr;
    if (proxy != nullptr) {
      connection->where += " through the proxy " + proxy->host + ":" + std::to_string(proxy->port);
      client.set_proxy(proxy->host, proxy->port);
      if (!proxy->user.empty()) client.set_proxy_basic_auth(proxy->user, proxy->password.reveal());
    }
    return connection;
  }

  std::unique_ptr<Connection> take(const PoolKey& key) {
    std::vector<std::unique_ptr<Connection>> stale;  // closed after the lock is released
    {
      const std::scoped_lock lock(mutex);
      auto& kept = idle[key];
      while (!kept.empty()) {
        auto connection = std::move(kept.back());
        kept.pop_back();
        const bool is_fresh = clock.steady_now() - connection->last_used < kMaxIdle;
        if (is_fresh && !connection->socket.has_input()) return connection;
        stale.push_back(std::move(connection));
      }
    }
    return connect(key);
  }

  void give_back(const PoolKey& key, std::unique_ptr<Connection> connection) {
    connection->used = true;
    connection->last_used = clock.steady_now();
    const std::scoped_lock lock(mutex);
    auto& kept = idle[key];
    if (kept.size() < kMaxIdleConnections) kept.push_back(std::move(connection));
  }

  Result<HttpResponse, TransportError> exchange(Connection& connection, const HttpRequest& request,
                                                SteadyTime deadline, const std::stop_token& stop);
};

Result<HttpResponse, TransportError> HttpsTransport::Impl::exchange(Connection& connection,
                                                                    const HttpRequest& request,
                                                                    SteadyTime deadline,
                                                                    const std::stop_token& stop) {
  httplib::Request wire;
  wire.method = request.method;
  wire.path = request.target;
  for (const auto& [name, value] : request.headers) wire.headers.emplace(name, value);
  wire.headers.emplace("Accept-Encoding", "identity");
  if (!request.content_type.empty()) wire.headers.emplace("Content-Type", request.content_type);
  wire.body = request.body;
  HttpResponse response;
  bool too_large = false;
  wire.content_receiver = [&](const char* data, std::size_t length, std::uint64_t, std::uint64_t) {
    too_large = response.body.size() + length > kMaxBody;
    if (!too_large) response.body.append(data, length);
    return !too_large;
  };
  // The watchdog ends what lasts too long; the library's own limits are only to come after it.
  const SteadyTime start = clock.steady_now();
  const auto limit = micros(std::max(deadline - start, Duration::zero()) + std::chrono::seconds(1));
  connection.client->set_read_timeout(limit);
  connection.client->set_write_timeout(limit);
  connection.socket.reset();
  const SocketWatchdog::Watch watch(watchdog, connection.socket, deadline);
  const std::stop_callback cut_on_stop(stop, [&] { connection.socket.cut(); });
  httplib::Result result = connection.client->send(wire);
  if (!result) {
    const bool slow = clock.steady_now() - start >= options.connect_timeout;
    const long verified =
        request.origin.tls ? connection.client->get_openssl_verify_result() : X509_V_OK;
    return Unexpected(
        error_of(result.error(), connection.where,
                 {stop.stop_requested(), connection.socket.was_cut(), too_large, slow, verified}));
  }
  response.status = result->status;
  for (const auto& [name, value] : result->headers) response.headers.emplace_back(name, value);
  return response;
}

HttpsTransport::HttpsTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsTransport::~HttpsTransport() = default;

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::create(Options options) {
  auto trust = TrustStore::load(options.ca_file);
  if (!trust) return Unexpected(trust.error());
  return std::unique_ptr<HttpsTransport>(
      new HttpsTransport(std::make_unique<Impl>(std::move(options), *std::move(trust))));
}

Result<HttpResponse, TransportError> HttpsTransport::send(const HttpRequest& request,
                                                          std::stop_token stop) {
  if (!is_safe(request)) {
    return Unexpected(
        TransportError{Kind::BadRequest,
                       "a header or path for " + request.origin.text() +
                           " holds a line break (does a token or secret file hold more "
                           "than one line?)",
                       false});
  }
  const PoolKey key{request.origin, request.use_proxy};
  const SteadyTime deadline = impl_->clock.steady_now() + request.timeout;
  auto connection = impl_->take(key);
  const bool reused = connection->used;
  auto result = impl_->exchange(*connection, request, deadline, stop);
  const bool repeatable = request.method == "GET" || request.method == "HEAD";
  if (!result && reused && repeatable && result.error().kind == Kind::Broken) {
    connection = impl_->connect(key);
    result = impl_->exchange(*connection, request, deadline, stop);
  }
  if (result) impl_->give_back(key, std::move(connection));
  return result;
}

}  // namespace defenderd
