#include "server/http.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/json_writer.h"
#include "base/list_text.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

// The part that "*" matches, "" if the route has none; nullopt if the path does not match.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with("/*"))
    return pattern == path ? std::optional<std::string>("") : std::nullopt;
  pattern.remove_suffix(1);
  if (!path.starts_with(pattern) || path.size() == pattern.size()) return std::nullopt;
  const std::string_view tail = path.substr(pattern.size());
  if (tail.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(tail);
}

}  // namespace

RouteKind kind_of(const std::vector<Route>& routes, const Request& request) {
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  for (const Route& route : routes) {
    if (route.method == method && match(route.path, request.path)) return route.kind;
  }
  return RouteKind::Api;
}

Response text_response(int status, std::string_view line) {
  Response response;
  response.status = status;
  response.body = outgoing_lines(line) + "\n";
  return response;
}

Response error_response(int status, std::string_view path, std::string_view message) {
  if (!path.starts_with("/api/")) return text_response(status, message);
  Response response;
  response.status = status;
  JsonWriter json;
  json.begin_object();
  json.member("error", outgoing_lines(message));
  json.end_object();
  response.content_type = "application/json";
  response.body = json.take();
  return response;
}

Response dispatch(const std::vector<Route>& routes, Request request) {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::set<std::string> allowed;
  for (const Route& route : routes) {
    const std::optional<std::string> tail = match(route.path, request.path);
    if (!tail) continue;
    if (route.method == method) {
      request.tail = *tail;
      return route.handler(request);
    }
    allowed.insert(route.method);
    if (route.method == "GET") allowed.insert("HEAD");
  }
  if (allowed.empty()) return error_response(404, request.path, "not found");
  const std::string allow = joined(allowed);
  Response response = error_response(405, request.path, "use " + allow);
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace defenderd
