#pragma once
// Answers that a fuzzer's input describes, in place of Azure.

#include <functional>
#include <string>
#include <utility>

#include "fuzz/fuzz.h"
#include "net/http.h"

namespace defenderd::fuzz {

class ScriptedTransport final : public Transport {
 public:
  using Answer = Result<HttpResponse, TransportError>;
  explicit ScriptedTransport(std::function<Answer(const HttpRequest&)> answer)
      : answer_(std::move(answer)) {}

  Answer send(const HttpRequest& request, std::stop_token /*stop*/) override {
    require(++requests_ <= 10'000, "requests come to an end");
    return answer_(request);
  }

 private:
  const std::function<Answer(const HttpRequest&)> answer_;
  int requests_ = 0;
};

// "STATUS\nName: value\n...\n\nbody", each part optional: a status that is none becomes 200.
inline HttpResponse read_response(std::string_view input) {
  HttpResponse response;
  response.status = 200;
  const std::string_view status = take_until(input, '\n');
  if (status.size() == 3 && status.find_first_not_of("0123456789") == std::string_view::npos)
    response.status = std::stoi(std::string(status));
  while (!input.empty()) {
    const std::string_view line = take_until(input, '\n');
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  response.body = input;
  return response;
}

}  // namespace defenderd::fuzz
