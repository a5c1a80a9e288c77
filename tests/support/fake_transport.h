#pragma once
// A transport that answers from a script, so that a test decides what comes over the wire.

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "net/http.h"

namespace defenderd {

// Thread-safe. A request without an answer in the script fails the test with a message.
class FakeTransport final : public Transport {
 public:
  using Answer = Result<HttpResponse, TransportError>;

  // The answers to the next requests, in this order.
  void answer(int status, std::string body = {}, HttpHeaders headers = {});
  void fail(TransportError error);
  // Made from the request when it arrives.
  void answer_by(std::function<Answer(const HttpRequest&)> make);

  Answer send(const HttpRequest& request, std::stop_token stop) override;

  [[nodiscard]] std::vector<HttpRequest> requests() const;
  // Of the n-th request, case-insensitive; "" if it has none.
  [[nodiscard]] std::string header(std::size_t n, std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::function<Answer(const HttpRequest&)>> script_;
  std::vector<HttpRequest> requests_;
};

}  // namespace defenderd
