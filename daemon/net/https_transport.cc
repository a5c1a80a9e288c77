#include "net/https_transport.h"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "net/http_connection.h"
#include "net/socket_watchdog.h"
#include "net/tls.h"
#include "net/trust_store.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

// A connection that idles longer has likely been closed by something between.
constexpr Duration kMaxIdle = std::chrono::seconds(50);
constexpr Duration kJustUsed = std::chrono::milliseconds(100);
constexpr std::size_t kMaxIdleConnections = 64;

struct Idle {
  std::unique_ptr<HttpConnection> connection;
  SteadyTime since;
};

struct PoolKey {
  Origin origin;
  bool use_proxy = true;
  auto operator<=>(const PoolKey&) const = default;
};

bool has_line_break(std::string_view text) {
  // Twice one character: for a set of them the library looks at each on its own.
  return text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos;
}

// Header values are sent as they are: a line break would begin a header of somebody else's choice.
bool is_safe(const HttpRequest& request) {
  if (has_line_break(request.target) || has_line_break(request.content_type)) return false;
  for (const auto& [name, value] : request.headers) {
    if (has_line_break(name) || has_line_break(value)) return false;
  }
  return true;
}

}  // namespace

struct HttpsTransport::Impl {
  Options options;
  TlsContext tls;
  SystemClock clock;
  SocketWatchdog watchdog;
  std::mutex mutex;
  std::map<PoolKey, std::vector<Idle>> idle;

  Impl(Options given, const TrustStore& trust) : options(std::move(given)), tls(trust) {}

  std::unique_ptr<HttpConnection> connect(const PoolKey& key) const {
    return std::make_unique<HttpConnection>(
        key.origin, tls,
        HttpConnection::Options{
            options.connect_timeout,
            key.use_proxy ? options.proxy.proxy_for(key.origin.host) : nullptr});
  }

  // nullptr when there is none that can be used.
  std::unique_ptr<HttpConnection> take(const PoolKey& key, bool repeatable) {
    std::vector<std::unique_ptr<HttpConnection>> stale;  // closed after the lock is released
    const SteadyTime now = clock.steady_now();
    const std::scoped_lock lock(mutex);
    auto& kept = idle[key];
    while (!kept.empty()) {
      Idle last = std::move(kept.back());
      kept.pop_back();
      const Duration idle_for = now - last.since;
      // What can be sent again need not be kept from a server's goodbye of this very moment.
      const bool trusted = repeatable && idle_for < kJustUsed && last.connection->keeps_alive();
      if (trusted || (idle_for < kMaxIdle && last.connection->is_usable()))
        return std::move(last.connection);
      stale.push_back(std::move(last.connection));
    }
    return nullptr;
  }

  void give_back(const PoolKey& key, std::unique_ptr<HttpConnection> connection) {
    const SteadyTime now = clock.steady_now();
    const std::scoped_lock lock(mutex);
    auto& kept = idle[key];
    if (kept.size() < kMaxIdleConnections) kept.push_back({std::move(connection), now});
  }
};

HttpsTransport::HttpsTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsTransport::~HttpsTransport() = default;

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::create(Options options) {
  const auto trust = TrustStore::load(options.ca_file);
  if (!trust) return Unexpected(trust.error());
  return std::unique_ptr<HttpsTransport>(
      new HttpsTransport(std::make_unique<Impl>(std::move(options), *trust)));
}

std::unique_ptr<HttpsTransport> HttpsTransport::create_plain(Duration connect_timeout) {
  Options options;
  options.connect_timeout = connect_timeout;
  return std::unique_ptr<HttpsTransport>(
      new HttpsTransport(std::make_unique<Impl>(std::move(options), TrustStore::nobody())));
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
  const bool repeatable = request.method == "GET" || request.method == "HEAD";
  auto connection = impl_->take(key, repeatable);
  const bool kept = connection != nullptr;
  if (!kept) connection = impl_->connect(key);
  auto result = connection->exchange(request, impl_->watchdog, deadline, stop);
  if (!result && kept && repeatable && result.error().kind == Kind::Broken) {
    connection = impl_->connect(key);
    result = connection->exchange(request, impl_->watchdog, deadline, stop);
    (result ? result->sent_twice : result.error().sent_twice) = true;
  }
  if (result) impl_->give_back(key, std::move(connection));
  return result;
}

}  // namespace defenderd
