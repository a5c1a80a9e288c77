#include "support/fake_transport.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/text.h"

namespace defenderd {

void FakeTransport::answer(int status, std::string body, HttpHeaders headers) {
  answer_by([response = HttpResponse{status, std::move(headers), std::move(body)}](
                const HttpRequest&) -> Answer { return response; });
}

void FakeTransport::fail(TransportError error) {
  answer_by([error = std::move(error)](const HttpRequest&) -> Answer { return Unexpected(error); });
}

void FakeTransport::answer_by(std::function<Answer(const HttpRequest&)> make) {
  const std::scoped_lock lock(mutex_);
  script_.push_back(std::move(make));
}

FakeTransport::Answer FakeTransport::send(const HttpRequest& request, std::stop_token /*stop*/) {
  std::function<Answer(const HttpRequest&)> make;
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    if (!script_.empty()) {
      make = std::move(script_.front());
      script_.pop_front();
    }
  }
  if (make) return make(request);
  const std::string what =
      "unexpected request: " + request.method + " " + request.origin.text() + request.target;
  ADD_FAILURE() << what;
  return Unexpected(TransportError{TransportError::Kind::Connect, what, false});
}

std::vector<HttpRequest> FakeTransport::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::string FakeTransport::header(std::size_t n, std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, value] : requests_.at(n).headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

}  // namespace defenderd
