#pragma once
// A transport that answers from a script, so that a test decides what comes over the wire.

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "net/http.h"

namespace defenderd {

// Thread-safe. A request for which the script holds nothing fails the test and says which it was.
class FakeTransport final : public Transport {
 public:
  using Answer = Result<HttpResponse, TransportError>;

  // What the next request gets, in this order.
  void answer(int status, std::string body = {}, HttpHeaders headers = {});
  void fail(TransportError error);
  // Made when the request comes, which it sees.
  void answer_by(std::function<Answer(const HttpRequest&)> make);

  Answer send(const HttpRequest& request, std::stop_token stop) override;

  [[nodiscard]] std::vector<HttpRequest> requests() const;
  // Of the n-th request; compared without case; "" when it has none.
  [[nodiscard]] std::string header(std::size_t n, std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::function<Answer(const HttpRequest&)>> script_;
  std::vector<HttpRequest> requests_;
};

}  // namespace defenderd
