#pragma once
// Parses the head of one request that is already framed. Pure, and without a recursive matcher,
// because the input is foreign.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/http.h"

namespace defenderd {

// The headers that our handlers read. All others are dropped.
inline constexpr std::array<std::string_view, 7> kServedHeaders{
    "Accept", "Accept-Encoding", "Authorization", "Content-Type",
    "Host",   "Origin",          "Sec-Fetch-Site"};

struct BadRequest {
  int status = 400;
  std::string why;
};

// `head` is what find_request() found: the request line and the headers, whose form it has checked.
// The authority of an absolute target replaces the Host header (RFC 9112 3.2.2).
[[nodiscard]] Result<Request, BadRequest> parse_request(std::string_view head);

// "a=1&b=two+words", as in a query or a form.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text);

}  // namespace defenderd
