#pragma once
// The answer to a raw HTTP request, as the simulators' own tests see it.

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>

namespace defenderd {

struct HttpAnswer {
  bool arrived = false;  // false: the connection broke
  int status = 0;
  httplib::Headers headers;
  std::string body;
  nlohmann::json json;  // discarded if the body is none

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

// `Answer` is an HttpAnswer.
template <class Answer>
Answer exchange(httplib::Client& http, const httplib::Request& request) {
  const httplib::Result result = http.send(request);
  Answer answer;
  if (!result) return answer;
  answer.arrived = true;
  answer.status = result->status;
  answer.headers = result->headers;
  answer.body = result->body;
  answer.json = nlohmann::json::parse(result->body, nullptr, false);
  return answer;
}

}  // namespace defenderd
