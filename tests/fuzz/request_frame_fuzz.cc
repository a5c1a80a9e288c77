// Where one HTTP request ends in foreign bytes (server/request_frame.h).

#include "server/request_frame.h"

#include <algorithm>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;
using Kind = RequestFrame::Kind;

namespace {

void check(const RequestFrame& frame, std::string_view received, const FrameLimits& limits) {
  switch (frame.kind) {
    case Kind::Incomplete:
      require(received.size() < limits.head + limits.body, "what is never whole is not collected");
      break;
    case Kind::Complete:
      require(frame.head_size <= limits.head, "a head is bounded");
      require(frame.size >= frame.head_size && frame.size - frame.head_size <= limits.body,
              "a body is bounded");
      require(frame.size <= received.size(), "a whole request has come");
      require(received.substr(0, frame.head_size).ends_with("\r\n\r\n"), "a head ends");
      break;
    case Kind::Rejected:
      require(frame.status >= 400 && frame.status < 600, "a rejection has a status");
      require(!frame.why.empty(), "a rejection has a reason");
      fuzz::require_printable(frame.why, 200);
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view received = fuzz::text_of(data, size);
  // Limits that short inputs reach.
  const FrameLimits limits{
      .request_line = 200, .line = 200, .head = 1000, .headers = 8, .body = 300};
  const RequestFrame whole = find_request(received, limits);
  check(whole, received, limits);
  check(find_request(received, {}), received, {});
  if (whole.kind != Kind::Complete) return 0;

  // The same request, however it comes in pieces and whatever follows it.
  const RequestFrame exact = find_request(received.substr(0, whole.size), limits);
  require(exact.kind == Kind::Complete && exact.size == whole.size &&
              exact.keep_alive == whole.keep_alive,
          "what follows a request does not change it");
  for (std::size_t cut = 0; cut < whole.size; cut += std::max<std::size_t>(whole.size / 16, 1)) {
    require(find_request(received.substr(0, cut), limits).kind == Kind::Incomplete,
            "a part of a good request is incomplete");
  }
  return 0;
}
