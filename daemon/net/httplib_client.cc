#include "net/httplib_client.h"

#include <fcntl.h>
#include <httplib.h>

#include <utility>

namespace defenderd {
namespace {

// What the library writes to. It reads nothing from it: it would match the status line by
// std::regex, which takes a stack frame for each letter, and read the head byte by byte.
//
// Which of these are virtual depends on the release: is_writable() until 0.18, wait_readable() and
// wait_writable() from 0.19, duration() from 0.20. So none is marked `override`.
// NOLINTBEGIN(modernize-use-override, cppcoreguidelines-explicit-virtual-functions)
class WriteOnlyStream final : public httplib::Stream {
 public:
  explicit WriteOnlyStream(SocketStream& to) : to_(to) {}

  [[nodiscard]] bool is_readable() const { return true; }
  [[nodiscard]] bool is_writable() const { return true; }
  [[nodiscard]] bool wait_readable() const { return true; }
  [[nodiscard]] bool wait_writable() const { return true; }
  ssize_t read(char* /*to*/, std::size_t /*size*/) { return -1; }
  ssize_t write(const char* from, std::size_t size) { return to_.write(from, size); }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const {}
  [[nodiscard]] socket_t socket() const { return to_.socket(); }
  [[nodiscard]] time_t duration() const { return 0; }

 private:
  SocketStream& to_;
};
// NOLINTEND(modernize-use-override, cppcoreguidelines-explicit-virtual-functions)

}  // namespace

// Makes the library's protected members available.
class HttplibClient::Exchanger final : public httplib::ClientImpl {
 public:
  Exchanger(const std::string& host, int port, Duration connect_timeout, SocketHandle& handle)
      : ClientImpl(host, port) {
    set_tcp_nodelay(true);
    set_connection_timeout(connect_timeout);
    set_read_timeout(connect_timeout);
    set_write_timeout(connect_timeout);
    set_socket_options([&handle](auto descriptor) { handle.attach(descriptor); });
  }

  // With an address the library resolves nothing.
  int connect(const std::string& address, httplib::Error& error) {
    set_hostname_addr_map({{host_, address}});
    Socket socket;
    return create_and_connect_socket(socket, error) ? static_cast<int>(socket.sock) : -1;
  }

  // The library then reads the answer and fails, because the stream gives it nothing: an error of
  // reading means that everything is written.
  bool write(httplib::Stream& stream, httplib::Request& request) {
    httplib::Response none;
    auto error = httplib::Error::Success;
    process_request(stream, request, none, false, error);
    return error == httplib::Error::Read;
  }
};

HttplibClient::HttplibClient(const std::string& host, int port, Duration connect_timeout,
                             SocketHandle& handle)
    : exchanger_(std::make_unique<Exchanger>(host, port, connect_timeout, handle)) {}
HttplibClient::~HttplibClient() = default;

HttplibClient::Connected HttplibClient::connect(const std::string& address) {
  auto error = httplib::Error::Success;
  const int socket = exchanger_->connect(address, error);
  if (socket < 0) return {{}, error == httplib::Error::ConnectionTimeout};
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
  return {UniqueFd(socket), false};
}

bool HttplibClient::write(SocketStream& to, const RequestHead& head, std::string_view body) {
  httplib::Request request;
  request.method = head.method;
  request.path = head.target;
  for (const auto& [name, value] : head.headers) request.headers.emplace(name, value);
  if (!body.empty()) {
    // The library does not see the body. From 0.31 it would ask for permission to send one of 1 KiB
    // (`Expect: 100-continue`) and wait up to a second for an answer that the stream does not give.
    request.headers.emplace("Content-Length", std::to_string(body.size()));
    request.content_provider_ = [](auto&&...) { return true; };  // a body of no bytes follows
  }
  WriteOnlyStream stream(to);
  return exchanger_->write(stream, request) && to.write_all(body);
}

}  // namespace defenderd
