#include "server/answer.h"

#include <algorithm>

namespace defenderd {
namespace {

std::string_view phrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };
  static constexpr std::array<Phrase, 19> kPhrases{{{200, "OK"},
                                                    {202, "Accepted"},
                                                    {400, "Bad Request"},
                                                    {401, "Unauthorized"},
                                                    {403, "Forbidden"},
                                                    {404, "Not Found"},
                                                    {405, "Method Not Allowed"},
                                                    {408, "Request Timeout"},
                                                    {409, "Conflict"},
                                                    {413, "Content Too Large"},
                                                    {414, "URI Too Long"},
                                                    {415, "Unsupported Media Type"},
                                                    {421, "Misdirected Request"},
                                                    {422, "Unprocessable Content"},
                                                    {431, "Request Header Fields Too Large"},
                                                    {500, "Internal Server Error"},
                                                    {501, "Not Implemented"},
                                                    {503, "Service Unavailable"},
                                                    {505, "HTTP Version Not Supported"}}};
  const auto* const found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                         [&](const Phrase& p) { return p.status == status; });
  return found == kPhrases.end() ? "Unknown" : found->text;
}

void put(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

bool sets(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return iequals(header.first, name); });
}

}  // namespace

std::string_view WireAnswer::from(std::size_t sent) const {
  if (sent < head.size()) return std::string_view(head).substr(sent);
  if (shared) return shared->from(sent - head.size());
  return std::string_view(body).substr(sent - head.size());
}

WireAnswer to_wire(Response response, AnswerOptions options) {
  const std::size_t size = response.shared ? response.shared->size() : response.body.size();
  WireAnswer wire;
  wire.head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  wire.head += phrase(response.status);
  wire.head += "\r\n";
  if (size > 0) put(wire.head, "Content-Type", response.content_type);
  put(wire.head, "Content-Length", std::to_string(size));
  put(wire.head, "Connection", options.close ? "close" : "keep-alive");
  for (const auto& [name, value] : response.headers) put(wire.head, name, value);
  for (const auto& [name, value] : kSecurityHeaders) {
    if (!sets(response, name)) put(wire.head, name, value);
  }
  wire.head += "\r\n";
  if (options.head_only) return wire;
  wire.body = std::move(response.body);
  wire.shared = std::move(response.shared);
  return wire;
}

Response busy(std::string_view message) {
  Response response = text_response(503, message);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace defenderd
