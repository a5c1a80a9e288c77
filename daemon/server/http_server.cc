#include "server/http_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "server/raw_answer.h"

namespace defenderd {
namespace {

constexpr int kBacklog = 128;  // httplib's own is 5

constexpr std::size_t kLargeBody = 64UL * 1024;

// A request in memory, and the answer to it.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view in) : in_(in) { of_this_thread() = this; }
  MemoryStream(const MemoryStream&) = delete;
  MemoryStream& operator=(const MemoryStream&) = delete;
  ~MemoryStream() override { of_this_thread() = nullptr; }

  // The one whose answer this thread makes: httplib hands nothing of ours on to the handler.
  static MemoryStream*& of_this_thread() {
    thread_local MemoryStream* stream = nullptr;
    return stream;
  }
  // A body of which a write of the whole is to come: it is then moved, not copied.
  void expect(std::string& body) { expected_ = body.size() < kLargeBody ? nullptr : &body; }

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min(size, in_.size());
    std::copy_n(in_.data(), count, to);
    in_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, std::size_t size) override {
    if (expected_ != nullptr && from == expected_->data() && size == expected_->size()) {
      out_.body = std::move(*std::exchange(expected_, nullptr));
    } else {
      out_.head.append(from, size);
    }
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  [[nodiscard]] socket_t socket() const override { return INVALID_SOCKET; }

  [[nodiscard]] WireAnswer take() { return std::move(out_); }

 private:
  std::string_view in_;
  WireAnswer out_ = {};
  std::string* expected_ = nullptr;
};

// httplib hands accepted sockets to a queue; ours only registers them, which is done at once.
class InlineQueue final : public httplib::TaskQueue {
 public:
  // bool since httplib 0.15, void before.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));
  Enqueued enqueue(std::function<void()> task) override {
    task();
    return Enqueued(true);
  }
  void shutdown() override {}
};

Request to_request(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.query.assign(from.params.begin(), from.params.end());
  request.headers.assign(from.headers.begin(), from.headers.end());
  request.body = from.body;
  return request;
}

void fill(httplib::Response& to, Response from) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (from.body.empty()) return;
  // Of what a provider provides httplib compresses nothing: what is compressed is our choice.
  auto body = std::make_shared<std::string>(std::move(from.body));  // copied with the function
  to.set_content_provider(body->size(), from.content_type,
                          [body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                            if (MemoryStream* const stream = MemoryStream::of_this_thread())
                              stream->expect(*body);
                            return sink.write(body->data() + offset, length);
                          });
}

std::string bind_problem(const std::string& host, int port, int error) {
  const std::string place = host + ":" + std::to_string(port);
  switch (error) {
    case EADDRINUSE:
      return "cannot listen on " + place +
             ": another program uses this port; stop it or set another server.listen";
    case EACCES:
      return "cannot listen on " + place +
             ": ports below 1024 need privileges; set server.listen to a higher one";
    case EADDRNOTAVAIL:
      return "cannot listen on " + place +
             ": this machine has no such address; set server.listen to 0.0.0.0 or one it has";
    case 0:
      return "cannot listen on " + place +
             ": the host is not an address or a name that resolves; check server.listen";
    default:
      return "cannot listen on " + place + ": " + std::strerror(error) + "; check server.listen";
  }
}

}  // namespace

class HttpServer::Impl final : public httplib::Server {
 public:
  explicit Impl(HttpServerOptions options)
      : options_(std::move(options)),
        loop_(options_.limits, [this](const WireRequest& request) { return answer(request); }) {
    // Without SO_REUSEPORT, which would let a second daemon share the port in silence.
    set_socket_options([](socket_t socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    set_keep_alive_timeout(
        std::chrono::duration_cast<std::chrono::seconds>(options_.limits.idle).count());
    // Instead of httplib's routes, which are regular expressions and read the body first.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      fill(response, respond(request));
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request& /*request*/, httplib::Response& response) {
      for (const auto& [name, value] : kSecurityHeaders) {
        if (!response.has_header(std::string(name))) {
          response.set_header(std::string(name), std::string(value));
        }
      }
      response.headers.erase("Accept-Ranges");
    });
  }
  ~Impl() override { shut_down(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::optional<Error> open() {
    errno = 0;
    port_ = options_.port == 0 ? bind_to_any_port(options_.host)
                               : (bind_to_port(options_.host, options_.port) ? options_.port : -1);
    if (port_ <= 0) return Error{bind_problem(options_.host, options_.port, errno)};
    ::listen(svr_sock_, kBacklog);
    warm_up();
    std::promise<void> accepting;
    new_task_queue = [&accepting]() -> httplib::TaskQueue* {
      accepting.set_value();
      return new InlineQueue;  // NOLINT(cppcoreguidelines-owning-memory): httplib takes it over
    };
    accept_thread_ = std::thread([this] { listen_after_bind(); });
    accepting.get_future().wait();  // stop() does nothing before that
    return std::nullopt;
  }

  [[nodiscard]] int port() const { return port_; }

  void shut_down() {
    if (accept_thread_.joinable()) {
      httplib::Server::stop();
      accept_thread_.join();
    }
    loop_.stop();
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    loop_.add(socket);
    return true;
  }

  // httplib fills its table of methods at the first request. Here, before there is a second thread
  // to parse one: the library is not built for ThreadSanitizer, which would see a race in it.
  void warm_up() {
    WireRequest request;
    request.bytes = "HEAD /-/nothing HTTP/1.1\r\n\r\n";
    request.head_size = request.bytes.size();
    request.close = true;
    static_cast<void>(answer(request));
  }

  WireAnswer answer(const WireRequest& wire) {
    MemoryStream stream(std::string_view(wire.bytes).substr(0, wire.head_size));
    const auto setup = [&](httplib::Request& request) {
      request.body = wire.bytes.substr(wire.head_size);  // as it is: never decompressed
      request.ranges.clear();                            // answers are made anew each time
      request.headers.erase("Expect");
    };
    return process(stream, wire.close, setup) ? stream.take() : WireAnswer{};
  }

  // process_request has other parameters since httplib 0.15.
  template <class Stream, class Setup>
  bool process(Stream& stream, bool close, const Setup& setup) {
    bool closed = false;
    if constexpr (requires { this->process_request(stream, close, closed, setup); }) {
      return this->process_request(stream, close, closed, setup);
    } else {
      return this->process_request(stream, "", 0, "", 0, close, closed, setup);
    }
  }

  Response respond(const httplib::Request& request) const {
    std::string what = "an exception of unknown type";
    try {
      return dispatch(options_.routes, to_request(request));
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch): told below
    }
    if (options_.on_exception) options_.on_exception(what);
    return error_response(500, request.path, "internal error");
  }

  const HttpServerOptions options_;
  ConnectionLoop loop_;
  std::thread accept_thread_;
  int port_ = -1;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto problem = impl->open()) return Unexpected(*std::move(problem));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const { return impl_->port(); }

void HttpServer::stop() { impl_->shut_down(); }

}  // namespace defenderd
