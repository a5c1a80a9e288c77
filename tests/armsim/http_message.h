#pragma once
// A request and its answer as the simulator's handlers see them, free of any HTTP library.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace armsim {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;    // decoded, without the query
  HeaderList query;    // decoded
  HeaderList headers;  // as sent
  std::string body;

  // The first value; names compare without case. nullopt if there is none.
  [[nodiscard]] std::optional<std::string> header(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> parameter(const std::string& name) const;
};

// What happens to the bytes of an answer on their way.
struct WireFault {
  bool drop = false;                   // not one byte is sent, the connection is broken
  std::optional<std::size_t> cut_at;   // broken after so many bytes of the body
  std::size_t drip_bytes = 0;          // > 0: so many bytes of the body at a time,
  std::chrono::milliseconds pause{0};  // so far apart
};

struct HttpAnswer {
  int status = 200;
  HeaderList headers;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  WireFault wire;

  // nullopt if it has no such header.
  [[nodiscard]] std::optional<std::string> header(const std::string& name) const;
};

// "a=b&c=d" with percent escapes and plus signs; what has no "=" has an empty value.
[[nodiscard]] HeaderList parse_form(const std::string& text);

}  // namespace armsim
