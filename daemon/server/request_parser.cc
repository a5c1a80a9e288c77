#include "server/request_parser.h"

#include <algorithm>
#include <utility>

#include "base/http_text.h"
#include "server/request_frame.h"

namespace defenderd {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::array<std::string_view, 9> kMethods{"GET",     "HEAD",  "POST",    "PUT",  "DELETE",
                                                   "CONNECT", "TRACE", "OPTIONS", "PATCH"};

// Up to `end`, which is removed as well; everything if there is no `end`.
std::string_view take_until(std::string_view& text, std::string_view end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + end.size()));
  return part;
}

// A plus is a space in a form.
std::string form_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

// Returns the host of "http://host/path"; the path stays in `target`.
std::string_view take_authority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!iequals(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?#"));
    target.remove_prefix(authority.size());
    return authority;
  }
  return {};
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
  });
}

std::string* find_header(Request& request, std::string_view name) {
  for (auto& [key, value] : request.headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

// Values of a repeated header form a list (RFC 9110 5.2), except for two hosts.
bool take_header(std::string_view line, Request& request) {
  const std::string_view name = take_until(line, ":");
  const auto* const served =
      std::find_if(kServedHeaders.begin(), kServedHeaders.end(),
                   [&](std::string_view known) { return iequals(known, name); });
  if (served == kServedHeaders.end()) return true;
  std::string* const known = find_header(request, *served);
  if (known == nullptr) {
    request.headers.emplace_back(*served, trim(line));
    return true;
  }
  if (*served == "Host") return false;
  *known += ", ";
  *known += trim(line);
  return true;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!text.empty()) {
    std::string_view pair = take_until(text, "&");
    if (pair.empty()) continue;
    std::string name = form_decoded(take_until(pair, "="));
    parameters.emplace_back(std::move(name), form_decoded(pair));
  }
  return parameters;
}

Result<Request, BadRequest> parse_request(std::string_view head) {
  head = after_empty_lines(head);
  std::string_view line = take_until(head, kLineEnd);
  const std::string_view method = take_until(line, " ");
  std::string_view target = take_until(line, " ");
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return Unexpected(BadRequest{400, "this is not a method of HTTP"});
  }
  if (target.empty() || !is_visible(target)) {
    return Unexpected(BadRequest{400, "the request line is malformed"});
  }
  if (line != "HTTP/1.1" && line != "HTTP/1.0") {
    const bool other = line.starts_with("HTTP/") && is_visible(line);
    return Unexpected(BadRequest{other ? 505 : 400, "use HTTP/1.1"});
  }
  Request request;
  request.method = method;
  const std::string_view authority = take_authority(target);
  std::string_view query = target.substr(0, target.find('#'));
  request.path = percent_decoded(take_until(query, "?"));
  if (request.path.empty()) request.path = "/";
  request.query = parse_form(query);
  while (!head.empty()) {
    if (!take_header(take_until(head, kLineEnd), request))
      return Unexpected(BadRequest{400, "there is more than one Host header"});
  }
  if (!authority.empty()) {
    std::string* const host = find_header(request, "Host");
    host == nullptr ? static_cast<void>(request.headers.emplace_back("Host", authority))
                    : static_cast<void>(*host = authority);
  }
  return request;
}

}  // namespace defenderd
