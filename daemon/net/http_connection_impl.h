#pragma once
// What the two halves of HttpConnection share: http_connection_open.cc connects,
// http_connection.cc asks.

#include <optional>
#include <string>

#include "net/answer_frame.h"
#include "net/http_connection.h"
#include "net/httplib_client.h"
#include "net/socket_stream.h"

namespace defenderd {

struct HttpConnection::Impl {
  // The watchdog ends what takes too long; the socket's own timeout only comes after it.
  static constexpr Duration kAfterWatchdog = std::chrono::seconds(1);

  const Origin origin;
  const TlsContext& tls;
  const Options options;
  const std::string where;  // for people
  const std::string host;   // the Host header
  SocketHandle handle;
  HttplibClient client;
  std::optional<SocketStream> stream = {};
  bool usable = true;

  Impl(const Origin& to, const TlsContext& context, const Options& given);

  // Connects, through the proxy and under TLS where needed. Each step returns why it failed.
  [[nodiscard]] std::optional<TransportError> open(SocketWatchdog& watchdog, SteadyTime deadline);
  [[nodiscard]] std::optional<TransportError> connect(SteadyTime deadline);
  [[nodiscard]] std::optional<TransportError> open_tunnel();
  [[nodiscard]] std::optional<TransportError> start_tls();
  [[nodiscard]] TransportError connecting_took_too_long() const;
  // What TlsSession::alert() adds to a failure.
  [[nodiscard]] static TransportError refused_with(const std::string& alert,
                                                   TransportError failure);

  // To the end of the answer, or of the connection.
  void read(AnswerFrame& frame);
  [[nodiscard]] RequestHead head_of(const HttpRequest& request) const;
  [[nodiscard]] Result<HttpResponse, TransportError> ask(const HttpRequest& request);
  [[nodiscard]] Result<HttpResponse, TransportError> open_and_ask(const HttpRequest& request,
                                                                  SocketWatchdog& watchdog,
                                                                  SteadyTime deadline);

  // What is wrong with an answer, behind its subject.
  [[nodiscard]] static std::string refusal(const AnswerFrame& frame);
  // Of the proxy's user and password; empty without them.
  [[nodiscard]] HttpHeaders proxy_authorization() const;
};

}  // namespace defenderd
