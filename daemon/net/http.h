#pragma once
// One HTTP exchange as values, and the port that all of them use.

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

// Destination of requests: scheme, host, port. Paths are separate.
struct Origin {
  bool tls = true;
  std::string host = {};  // a name or an address; IPv6 without brackets
  int port = 443;

  // "https://host[:port]"; "https://[::1]:8443". Anything after the port is an error, as is any
  // scheme except https and http.
  [[nodiscard]] static Result<Origin> parse(std::string_view url);
  // As parse() reads it, without the port if it is the scheme's default.
  [[nodiscard]] std::string text() const;

  auto operator<=>(const Origin&) const = default;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  Origin origin;
  std::string method = "GET";
  std::string target = "/";  // path and query, already encoded
  HttpHeaders headers = {};
  std::string body = {};
  std::string content_type = {};                // if there is a body
  Duration timeout = std::chrono::seconds(90);  // for the whole exchange, including connecting
  bool use_proxy = true;
  std::size_t max_answer = std::size_t{8} * 1024 * 1024;  // bytes of its body
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers = {};
  std::string body = {};
  bool sent_twice = false;  // a reused connection broke, and the request was sent again

  // The first header of that name, case-insensitive; "" if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

// Why there is no answer.
struct TransportError {
  enum class Kind {
    Connect,
    Tls,
    Timeout,
    Broken,     // the connection ended before the answer was complete
    Malformed,  // not HTTP, or contradictory
    TooLarge,
    Stopped,
    BadRequest
  };
  Kind kind = Kind::Connect;
  std::string message = {};       // for people; names the host, never a header or a body
  bool may_have_arrived = false;  // the request, or part of it, may have reached the server
  bool sent_twice = false;        // as HttpResponse's
  bool refused = false;           // the server ended TLS with an alert
};

// Thread-safe. Blocks until the answer is complete, the timeout expires, or `stop` is requested.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual Result<HttpResponse, TransportError> send(const HttpRequest& request,
                                                    std::stop_token stop) = 0;
};

// Percent-encodes everything except unreserved characters (RFC 3986), as queries and forms require.
[[nodiscard]] std::string percent_encode(std::string_view text);

// application/x-www-form-urlencoded.
[[nodiscard]] std::string form_encode(
    const std::vector<std::pair<std::string, std::string>>& fields);

// The seconds of a Retry-After header, or until its date from `now`; nullopt if it is neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view value, WallTime now);

}  // namespace defenderd
