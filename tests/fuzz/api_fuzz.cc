// The handlers behind the server, asked with any path, query and headers. The input is
// "METHOD PATH" on its first line, then parameters as "name=value" and headers as "Name: value".

#include <nlohmann/json.hpp>
#include <set>

#include "fuzz/served_fleet.h"

using namespace defenderd;
using fuzz::require;

namespace {

Request read_request(std::string_view input) {
  Request request;
  std::string_view first = fuzz::take_until(input, '\n');
  request.method = fuzz::take_until(first, ' ');
  request.path = first;
  while (!input.empty()) {
    std::string_view line = fuzz::take_until(input, '\n');
    const bool is_parameter = line.find('=') < line.find(':');
    const std::string name(fuzz::take_until(line, is_parameter ? '=' : ':'));
    (is_parameter ? request.query : request.headers).emplace_back(name, trim(line));
  }
  // Without one nothing behind the check of hosts would be reached.
  if (request.header("Host").empty()) request.headers.emplace_back("Host", "localhost");
  return request;
}

void check(Response response) {
  if (response.shared) response.body = response.shared->text();
  static const std::set<int> kStatuses{200, 202, 400, 403, 404, 405, 421, 422, 503};
  require(kStatuses.contains(response.status), "an answer has a status that is documented");
  bool packed = false;
  for (const auto& [name, value] : response.headers) {
    require(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
    packed = packed || name == "Content-Encoding";
  }
  if (packed) {
    require(response.body.starts_with("\x1f\x8b"), "what is packed is in the gzip format");
    return;
  }
  if (response.content_type.starts_with("application/json")) {
    require(nlohmann::json::accept(response.body), "JSON is well-formed");
  }
  require(is_valid_utf8(response.body), "an answer is UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::ServedFleet fleet;
  static const std::vector<Route> routes = fleet.routes();
  check(dispatch(routes, read_request(fuzz::text_of(data, size))));
  return 0;
}
