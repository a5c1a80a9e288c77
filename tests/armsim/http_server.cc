#include "armsim/http_server.h"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

#include "armsim/connection.h"
#include "armsim/connection_threads.h"
#include "armsim/server_tls.h"

namespace armsim {
namespace {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

constexpr std::size_t kMaxBody = 4UL * 1024 * 1024;  // ARM's own limit of a request
constexpr int kIdleSeconds = 120;                    // a silent connection is then closed
constexpr int kBacklog = 1024;
constexpr std::chrono::seconds kStart{30};

HttpRequest to_request(const httplib::Request& request) {
  HttpRequest result{request.method, request.path, {}, {}, request.body};
  // Not from its params: httplib puts the fields of a form there too.
  for (const auto& [name, value] : request.headers) {
    // httplib puts the addresses among the headers.
    if (!name.starts_with("REMOTE_") && !name.starts_with("LOCAL_"))
      result.headers.emplace_back(name, value);
  }
  const std::size_t mark = request.target.find('?');
  if (mark != std::string::npos) result.query = parse_form(request.target.substr(mark + 1));
  return result;
}

}  // namespace

class HttpServer::Core final : public httplib::Server {
 public:
  Core(const HttpServer::Handler& handler, ServerTls tls)
      : handler_(handler), tls_(std::move(tls)) {
    set_tcp_nodelay(true);
    set_keep_alive_timeout(kIdleSeconds);
    set_keep_alive_max_count(1'000'000);
    set_read_timeout(kIdleSeconds);
    set_write_timeout(kIdleSeconds);
    set_payload_max_length(kMaxBody);
    // Without SO_REUSEPORT, which httplib sets: a port that is taken must be refused.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    const auto serve = [this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
    };
    const char* const anything = "[^]*";
    Get(anything, serve);
    Put(anything, serve);
    Post(anything, serve);
    Patch(anything, serve);
    Delete(anything, serve);
    Options(anything, serve);
  }

  Result<int> start(const std::string& host, int port) {
    errno = 0;
    const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
    if (bound <= 0) {
      return Unexpected(Error{"cannot listen on " + host + ":" + std::to_string(port) +
                              (errno == 0 ? "" : std::string(": ") + std::strerror(errno))});
    }
    ::listen(svr_sock_, kBacklog);  // httplib's own backlog is 5
    std::promise<void> serving;
    // Before the queue exists stop() would have nothing to stop.
    new_task_queue = [&serving] {
      auto* const queue = new ConnectionThreads;  // NOLINT: httplib owns it
      serving.set_value();
      return queue;
    };
    listener_ = std::thread([this] { listen_after_bind(); });
    if (serving.get_future().wait_for(kStart) != std::future_status::ready) {
      std::fputs("armsim: the thread that accepts connections has not started in 30 s\n", stderr);
      std::abort();  // it may start later, and would use what is gone
    }
    return bound;
  }

  void end() {
    stop_.request_stop();
    {
      const std::scoped_lock lock(mutex_);
      for (const socket_t socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    Server::stop();
    if (listener_.joinable()) listener_.join();
  }

 private:
  // The signature changed between httplib 0.11 and 0.18: it then wants the addresses.
  template <class Self>
  static bool process_one(Self& self, Connection& connection, bool& closed) {
    const auto setup = [](httplib::Request& request) {
      // Compressed or partial answers would blur what is checked on the wire.
      request.headers.erase("Accept-Encoding");
      request.headers.erase("Range");
      request.ranges.clear();
    };
    if constexpr (requires { self.process_request(connection, false, closed, setup); }) {
      return self.process_request(connection, false, closed, setup);
    } else {
      return self.process_request(connection, "client", 0, "armsim", 0, false, closed, setup);
    }
  }

  bool process_and_close_socket(socket_t socket) override {
    {
      const std::scoped_lock lock(mutex_);
      if (stop_.stop_requested()) ::shutdown(socket, SHUT_RDWR);
      sockets_.insert(socket);
    }
    {
      Connection connection(socket, tls_.get(), stop_.get_token());
      {
        const std::scoped_lock lock(mutex_);
        connections_[std::this_thread::get_id()] = &connection;
      }
      bool closed = !connection.handshake();
      while (!closed && !connection.broken() && !stop_.stop_requested()) {
        connection.expect_answer({});
        if (!process_one(*this, connection, closed)) break;
      }
    }
    const std::scoped_lock lock(mutex_);
    connections_.erase(std::this_thread::get_id());
    sockets_.erase(socket);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return true;
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    Connection* connection = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      connection = connections_.at(std::this_thread::get_id());
    }
    HttpAnswer answer = handler_(to_request(request));
    connection->expect_answer(answer.wire);
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) response.set_header(name, value);
    if (!answer.body.empty()) {
      response.body = std::move(answer.body);
      response.set_header("Content-Type", answer.content_type);
    }
  }

  const HttpServer::Handler& handler_;
  const ServerTls tls_;
  std::stop_source stop_;
  std::thread listener_;
  std::mutex mutex_;
  std::set<socket_t> sockets_;
  std::map<std::thread::id, Connection*> connections_;  // by the thread that serves them
};

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {}

HttpServer::~HttpServer() { stop(); }

Result<int> HttpServer::start(const std::string& host, int port,
                              const ServerCertificate* certificate) {
  ServerTls tls;
  if (certificate != nullptr) {
    auto made = make_server_tls(*certificate);
    if (!made) return Unexpected(made.error());
    tls = std::move(*made);
  }
  auto core = std::make_unique<Core>(handler_, std::move(tls));
  auto port_or = core->start(host, port);
  if (port_or) core_ = std::move(core);
  return port_or;
}

void HttpServer::stop() {
  if (core_) core_->end();
  core_.reset();
}

}  // namespace armsim
