#include "server/request_frame.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/http_text.h"
#include "base/list_text.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
// RFC 9112 2.2 asks for at least one: some clients send one behind the body of a request.
constexpr std::size_t kMostEmptyLines = 4;

RequestFrame rejected(int status, std::string why) {
  RequestFrame frame;
  frame.kind = RequestFrame::Kind::Rejected;
  frame.status = status;
  frame.why = std::move(why);
  return frame;
}

RequestFrame request_line_too_long() { return rejected(414, "the request line is too long"); }
RequestFrame header_too_long() { return rejected(431, "a header is too long"); }

bool names_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (iequals(take_entry(list), token)) return true;
  }
  return false;
}

// What the headers say about the framing of the request.
struct Framing {
  std::optional<std::size_t> content_length;
  bool close = false;
  bool keep_alive = false;
};

// An answer if the header is not acceptable.
std::optional<RequestFrame> read_header(std::string_view line, const FrameLimits& limits,
                                        Framing& framing) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
      line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return rejected(400, "a header is malformed");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (iequals(name, "Transfer-Encoding")) {
    return rejected(501, "send a body with Content-Length, not with Transfer-Encoding");
  }
  if (iequals(name, "Connection")) {
    framing.close = framing.close || names_token(value, "close");
    framing.keep_alive = framing.keep_alive || names_token(value, "keep-alive");
  }
  if (iequals(name, "Content-Length")) {
    std::size_t length = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, length);
    if (framing.content_length) return rejected(400, "there is more than one Content-Length");
    if (error != std::errc() || stop != end) {
      return rejected(error == std::errc::result_out_of_range ? 413 : 400,
                      "Content-Length is not a number");
    }
    if (length > limits.body) return rejected(413, "the body is too long");
    framing.content_length = length;
  }
  return std::nullopt;
}

}  // namespace

std::string_view after_empty_lines(std::string_view received) {
  while (received.starts_with(kLineEnd)) received.remove_prefix(kLineEnd.size());
  return received;
}

RequestFrame find_request(std::string_view received, const FrameLimits& limits) {
  const std::string_view request = after_empty_lines(received);
  const std::size_t start = received.size() - request.size();
  if (start > kMostEmptyLines * kLineEnd.size())
    return rejected(400, "there are too many empty lines before the request");
  const std::size_t head_end = request.find(kHeadEnd);
  if (head_end == std::string_view::npos) {
    const std::size_t last_line = request.rfind('\n');
    const bool request_line = last_line == std::string_view::npos;
    // A carriage return at the end belongs to the line end that has not fully arrived.
    const std::size_t end = request.size() - (request.ends_with('\r') ? 1 : 0);
    const std::size_t open = request_line ? end : end - last_line - 1;
    if (request_line && open > limits.request_line) return request_line_too_long();
    if (open > limits.line) return header_too_long();
    if (received.size() > limits.head) return rejected(431, "the headers are too long");
    return {};
  }
  const std::size_t head_size = start + head_end + kHeadEnd.size();
  if (head_size > limits.head) return rejected(431, "the headers are too long");

  std::string_view rest = request.substr(0, head_end);
  const std::string_view request_line = rest.substr(0, rest.find(kLineEnd));
  if (request_line.size() > limits.request_line) return request_line_too_long();
  rest.remove_prefix(std::min(rest.size(), request_line.size() + kLineEnd.size()));

  Framing framing;
  std::size_t headers = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find(kLineEnd));
    rest.remove_prefix(std::min(rest.size(), line.size() + kLineEnd.size()));
    if (line.size() > limits.line) return header_too_long();
    if (++headers > limits.headers) return rejected(431, "there are too many headers");
    if (auto answer = read_header(line, limits, framing)) return *std::move(answer);
  }

  RequestFrame frame;
  frame.head_size = head_size;
  frame.size = head_size + framing.content_length.value_or(0);
  frame.keep_alive = !framing.close && (request_line.ends_with("HTTP/1.1") || framing.keep_alive);
  if (received.size() >= frame.size) frame.kind = RequestFrame::Kind::Complete;
  return frame;
}

}  // namespace defenderd
