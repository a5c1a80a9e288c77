#include "server/http_server.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "base/paced_count.h"
#include "server/listener.h"

namespace defenderd {
namespace {

constexpr std::string_view kHandling = "handling a request";

}  // namespace

ConnectionTable::Limits within(ConnectionTable::Limits limits, std::size_t descriptors) {
  const std::size_t share = std::max<std::size_t>(descriptors / 4, 2);
  limits.reserve = std::min(limits.reserve, share / 2);
  limits.answers = std::min(limits.answers, share - limits.reserve);
  return limits;
}

class HttpServer::Impl {
 public:
  Impl(Listener listener, UniqueFd wake, HttpServerOptions options)
      : options_(std::move(options)),
        port_(listener.port),
        clock_(options_.clock == nullptr ? system_clock_ : *options_.clock) {
    ConnectionLimits limits = options_.limits;
    if (options_.descriptors) limits.table = within(limits.table, *options_.descriptors);
    loop_.emplace(std::move(listener.socket), std::move(wake), clock_, limits, hooks());
  }

  [[nodiscard]] int port() const { return port_; }
  void stop() {
    stopping_ = true;
    loop_->stop();
  }

 private:
  ConnectionLoop::Hooks hooks() {
    ConnectionLoop::Hooks hooks;
    hooks.kind_of = [this](const Request& request) { return worker_of(request); };
    hooks.respond = [this](const Request& request) { return respond(request); };
    if (options_.access != nullptr) {
      hooks.secure = [this](int socket) { return options_.access->secure(socket); };
      hooks.rules = [this] { return options_.access->number(); };
    }
    hooks.rest = [this](RouteKind kind) { rest(kind); };
    hooks.refused = [this](Refused why) {
      if (options_.on_refused) options_.on_refused(why);
    };
    hooks.heartbeats = options_.heartbeats;
    hooks.threw = [this](std::string_view doing, std::string_view what) { threw(doing, what); };
    return hooks;
  }

  [[nodiscard]] RouteKind worker_of(const Request& request) const {
    const RouteKind kind = kind_of(options_.routes, request);
    const bool slow = options_.access != nullptr && options_.access->takes_long(request, kind);
    return slow ? RouteKind::Login : kind;
  }

  Response respond(const Request& request) {
    try {
      if (options_.access != nullptr) {
        // A stop waits for what was submitted, and these may be many.
        if (stopping_ && worker_of(request) == RouteKind::Login) return busy("the server stops");
        if (auto denied = options_.access->refusal(request, kind_of(options_.routes, request))) {
          if (options_.on_refused) options_.on_refused(Refused::Denied);
          return *std::move(denied);
        }
      }
      return dispatch(options_.routes, request);
    } catch (const std::bad_alloc& exception) {
      threw(kHandling, exception.what());
      return busy("memory has run out; try again");
    } catch (const std::exception& exception) {
      threw(kHandling, exception.what());
    } catch (...) {
      threw(kHandling, "an exception of unknown type");
    }
    return error_response(500, request.path, "internal error");
  }

  void rest(RouteKind kind) {
    for (const Route& route : options_.routes) {
      if (route.kind == kind && route.rest) route.rest();
    }
  }

  void threw(std::string_view doing, std::string_view what) {
    const auto count = exceptions_.note(clock_.steady_now());
    if (!count || !options_.on_exception) return;
    try {
      options_.on_exception(doing, what, *count);
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): no memory to report it
    }
  }

  const HttpServerOptions options_;
  const int port_;
  const SystemClock system_clock_;
  const Clock& clock_;
  PacedCount exceptions_;
  std::atomic<bool> stopping_ = false;
  std::optional<ConnectionLoop> loop_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options) {
  auto listener = options.listener == nullptr ? listen_on(options.host, options.port)
                                              : shared(*options.listener);
  if (!listener) return Unexpected(listener.error());
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake.is_open()) {
    return Unexpected(Error{std::string("cannot start the HTTP server: ") + std::strerror(errno) +
                            "; check the limit of open files (ulimit -n)"});
  }
  auto impl = std::make_unique<Impl>(*std::move(listener), std::move(wake), std::move(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const { return impl_->port(); }

void HttpServer::stop() { impl_->stop(); }

}  // namespace defenderd
