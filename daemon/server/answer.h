#pragma once
// An answer as bytes: the head as text, and the body separately, so that a body of megabytes is not
// copied behind its head or for each connection.

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/http.h"

namespace defenderd {

// The page and the API load nothing from elsewhere and are not shown in frames. A handler may
// replace a default by setting a header of the same name.
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
  // The data to send after this many bytes, or a part of it.
  [[nodiscard]] std::string_view from(std::size_t sent) const;
};

struct AnswerOptions {
  bool close = false;      // the connection closes after it
  bool head_only = false;  // it answers HEAD
};
[[nodiscard]] WireAnswer to_wire(Response response, AnswerOptions options);

// For requests that reach no handler, if the client may retry in a second.
[[nodiscard]] Response busy(std::string_view message);

}  // namespace defenderd
