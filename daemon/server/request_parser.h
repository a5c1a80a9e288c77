#pragma once
// The head of one request, already framed, as a value. Pure, and without a matcher that recurses:
// what it gets is foreign.

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http.h"

namespace defenderd {

// What our handlers ask for. All other headers are dropped.
inline constexpr std::array<std::string_view, 5> kServedHeaders{"Accept", "Accept-Encoding", "Host",
                                                                "Origin", "Sec-Fetch-Site"};

struct BadRequest {
  int status = 400;
  std::string why;
};

// `head` is what find_request() found: the request line and the headers, whose form it has checked.
// Of an absolute target the authority takes the place of the Host header (RFC 9112 3.2.2).
[[nodiscard]] Result<Request, BadRequest> parse_request(std::string_view head);

}  // namespace defenderd
