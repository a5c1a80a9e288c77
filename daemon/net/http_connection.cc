#include "net/http_connection.h"

#include <string_view>
#include <utility>

#include "net/http_connection_impl.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

std::string host_header(const Origin& origin) {
  const std::string text = origin.text();
  return text.substr(text.find("://") + 3);
}

std::string place(const Origin& origin, const ProxyAddress* proxy) {
  if (proxy == nullptr) return origin.text();
  return origin.text() + " through the proxy " + proxy->host + ":" + std::to_string(proxy->port);
}

}  // namespace

HttpConnection::Impl::Impl(const Origin& to, const TlsContext& context, const Options& given)
    : origin(to),
      tls(context),
      options(given),
      where(place(to, given.proxy)),
      host(host_header(to)),
      client(given.proxy == nullptr ? to.host : given.proxy->host,
             given.proxy == nullptr ? to.port : given.proxy->port, given.connect_timeout, handle) {}

std::string HttpConnection::Impl::refusal(const AnswerFrame& frame) {
  const bool malformed = frame.state() == AnswerFrame::State::Malformed;
  return (malformed ? "is not valid HTTP: " : "is refused: ") + frame.why();
}

RequestHead HttpConnection::Impl::head_of(const HttpRequest& request) const {
  RequestHead head{request.method, request.target, {}};
  if (options.proxy != nullptr && !origin.tls) {
    head.target = origin.text() + request.target;
    head.headers = proxy_authorization();
  }
  head.headers.emplace_back("Host", host);
  head.headers.insert(head.headers.end(), request.headers.begin(), request.headers.end());
  head.headers.emplace_back("Accept-Encoding", "identity");
  if (!request.content_type.empty())
    head.headers.emplace_back("Content-Type", request.content_type);
  return head;
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
  AnswerLimits limits;
  limits.body = request.max_answer;
  AnswerFrame frame(request.method == "HEAD" ? Asked::Head : Asked::Anything, limits);
  // Who refuses a request may have answered, or sent an alert of TLS, before it was sent whole.
  static_cast<void>(client.write(*stream, head_of(request), request.body));
  read(frame);
  switch (frame.state()) {
    case AnswerFrame::State::Complete:
      usable = frame.keeps_alive() && stream->is_at_rest();
      return frame.take();
    case AnswerFrame::State::Incomplete:
      return Unexpected(refused_with(
          stream->alert(),
          {Kind::Broken, "the connection to " + where + " broke before the answer was complete",
           true}));
    case AnswerFrame::State::Malformed:
    case AnswerFrame::State::TooLarge:
      break;
  }
  const bool malformed = frame.state() == AnswerFrame::State::Malformed;
  return Unexpected(
      TransportError{malformed ? Kind::Malformed : Kind::TooLarge,
                     "the answer of " + where + " " + refusal(frame) +
                         "; check which server answers there, and any proxy or gateway in between",
                     true});
}

Result<HttpResponse, TransportError> HttpConnection::Impl::open_and_ask(const HttpRequest& request,
                                                                        SocketWatchdog& watchdog,
                                                                        SteadyTime deadline) {
  if (!stream) {
    if (auto failure = open(watchdog, deadline)) return Unexpected(*std::move(failure));
  }
  // The process may have stood still since: nothing is sent that is no longer waited for.
  if (SystemClock().steady_now() >= deadline)
    return Unexpected(
        TransportError{Kind::Timeout, where + " was not sent the request in time", false});
  const SocketWatchdog::Watch watch(watchdog, handle, deadline);
  stream->set_timeout(request.timeout + kAfterWatchdog);
  auto result = ask(request);
  if (!result && handle.was_cut())
    return Unexpected(TransportError{Kind::Timeout, where + " did not answer in time", true});
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
  // A stop cuts the connection, which looks like any other failure.
  if (stop.stop_requested()) {
    return Unexpected(TransportError{Kind::Stopped, "stopped while waiting for " + impl.where,
                                     result.error().may_have_arrived});
  }
  return result;
}

SteadyTime HttpConnection::renew_at() const { return impl_->options.renew_at; }

bool HttpConnection::keeps_alive() const { return impl_->usable && impl_->stream; }

bool HttpConnection::is_usable() const { return keeps_alive() && !impl_->handle.has_input(); }

}  // namespace defenderd
