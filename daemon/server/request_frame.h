#pragma once
// Where one HTTP request ends in the bytes received so far, and whether it is acceptable. Pure. It
// bounds everything that request_parser.h sees.

#include <cstddef>
#include <string>
#include <string_view>

namespace defenderd {

struct FrameLimits {
  std::size_t request_line = 1024;
  std::size_t line = std::size_t{8} * 1024;   // one header
  std::size_t head = std::size_t{32} * 1024;  // the request line and all headers
  std::size_t headers = 100;
  std::size_t body = std::size_t{8} * 1024;  // a form with a few parameters
};

struct RequestFrame {
  enum class Kind {
    Incomplete,  // more bytes are needed
    Complete,    // the first `size` bytes are a request
    Rejected,    // answer `status` and close
  };
  Kind kind = Kind::Incomplete;
  std::size_t head_size = 0;
  std::size_t size = 0;
  bool keep_alive = false;  // the client allows it
  int status = 0;
  std::string why = {};
};

// Without the empty lines before a request, which are a part of its head and say nothing.
[[nodiscard]] std::string_view after_empty_lines(std::string_view received);

// `Transfer-Encoding` and a second `Content-Length` are rejected: none of our endpoints needs them,
// and they enable request smuggling.
[[nodiscard]] RequestFrame find_request(std::string_view received, const FrameLimits& limits);

}  // namespace defenderd
