#pragma once
// An answer as bytes: the head as text, and the body as it is, so that one of megabytes is neither
// copied behind its head nor once for each connection.

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/http.h"

namespace defenderd {

// The page and the API need nothing from elsewhere and are nobody's frame. A handler may replace
// one by setting a header of the same name.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSecurityHeaders{
    {{"X-Content-Type-Options", "nosniff"},
     {"X-Frame-Options", "DENY"},
     {"Referrer-Policy", "no-referrer"},
     {"Content-Security-Policy",
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
     {"Cache-Control", "no-store"}}};

struct WireAnswer {
  std::string head = {};  // "" closes the connection without an answer
  std::string body = {};
  std::shared_ptr<const Pieces> shared = {};  // instead of `body`

  [[nodiscard]] std::size_t size() const {
    return head.size() + (shared ? shared->size() : body.size());
  }
  // What is to be sent after so many bytes, or a part of it.
  [[nodiscard]] std::string_view from(std::size_t sent) const;
};

struct AnswerOptions {
  bool close = false;      // the connection ends with it
  bool head_only = false;  // it answers HEAD
};
[[nodiscard]] WireAnswer to_wire(Response response, AnswerOptions options);

// A line of text that closes the connection, for what no handler sees.
[[nodiscard]] Response refusal(int status, std::string_view message);
// The same, where the client may come again in a second.
[[nodiscard]] Response busy(std::string_view message);

}  // namespace defenderd
