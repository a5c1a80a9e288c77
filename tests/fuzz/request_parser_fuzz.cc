// The head of a request as a value (server/request_parser.h), behind the frame that bounds it, and
// the check of its Host.

#include "server/request_parser.h"

#include <algorithm>

#include "fuzz/fuzz.h"
#include "server/allowed_hosts.h"
#include "server/request_frame.h"

using namespace defenderd;
using fuzz::require;

namespace {

void check(const Request& request, std::size_t head_size) {
  require(!request.method.empty() && !request.path.empty(), "a request asks for something");
  require(request.path.size() <= head_size, "decoding makes nothing longer");
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    require(std::find(kServedHeaders.begin(), kServedHeaders.end(), name) != kServedHeaders.end(),
            "only headers that are served are kept");
    require(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
    hosts += name == "Host" ? 1 : 0;
  }
  require(hosts <= 1, "there is one Host at most");
}

// The names below a domain of ours end in it, however they are written.
void check_host(std::string_view host) {
  const AllowedHosts hosts("192.0.2.1", {"*.example.test"});
  if (!hosts.allows(host)) return;
  const std::string lower = to_lower(host);
  const auto holds = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  require(holds(".example.test") || holds("localhost") || holds("127.") || holds("::1") ||
              holds("192.0.2.1"),
          "a host that is allowed is one of ours");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view received = fuzz::text_of(data, size);
  check_host(received);
  const RequestFrame frame = find_request(received, {});
  if (frame.kind != RequestFrame::Kind::Complete) return 0;
  const auto request = parse_request(received.substr(0, frame.head_size));
  if (request) {
    check(*request, frame.head_size);
    check_host(request->header("Host"));
  } else {
    require(request.error().status >= 400 && !request.error().why.empty(), "a refusal says why");
  }
  return 0;
}
