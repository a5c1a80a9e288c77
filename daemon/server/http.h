#pragma once
// Requests and answers of our HTTP server as plain values, so that handlers are tested without it.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/pieces.h"

namespace defenderd {

// By its certificate.
enum class ClientIdentity { None, Verified, NotAllowed };

struct Request {
  std::string method = "GET";
  std::string path = "/";                                         // percent-decoded, without query
  std::string tail = {};                                          // what "*" of the route matched
  std::vector<std::pair<std::string, std::string>> query = {};    // decoded
  std::vector<std::pair<std::string, std::string>> headers = {};  // those of kServedHeaders
  std::string body = {};
  ClientIdentity client = ClientIdentity::None;

  // The first value, "" if there is none.
  [[nodiscard]] std::string_view param(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return {};
  }
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (iequals(key, name)) return value;
    }
    return {};
  }
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::shared_ptr<const Pieces> shared = {};  // instead of `body`, if several answers share it
  std::vector<std::pair<std::string, std::string>> headers = {};  // replace the default ones
};

// What a request waits for: each kind has its own workers, so that none waits for another kind.
// Kinds with large answers create one at a time.
enum class RouteKind {
  Probe,    // small, and waits for no lock that work holds
  Metrics,  // large
  Api,      // the API and the page
  Action,   // changes something, and may wait for files
  Login     // any of these, after a password that takes long to verify
};
inline constexpr std::size_t kRouteKinds = 5;

// One route of the server. A GET route answers HEAD too. A path that ends in "/*" matches one more
// segment, which the handler finds in Request::tail.
struct Route {
  std::string method;
  std::string path;
  std::function<Response(const Request&)> handler;  // called by several threads concurrently
  RouteKind kind = RouteKind::Api;
  std::function<void()> rest = {};  // when no route of its kind was requested for a second
};

// Api for an unknown path: the 404 is cheap.
[[nodiscard]] RouteKind kind_of(const std::vector<Route>& routes, const Request& request);

// Finds the route and calls it: 404 for an unknown path, 405 with Allow for a wrong method.
[[nodiscard]] Response dispatch(const std::vector<Route>& routes, Request request);

// Lines of text, without secrets.
[[nodiscard]] Response text_response(int status, std::string_view line);

// {"error": "..."} for the API, a line of text for the rest.
[[nodiscard]] Response error_response(int status, std::string_view path, std::string_view message);

}  // namespace defenderd
