#pragma once
// The headers that every answer carries, and answers that are given before a request was parsed.

#include <array>
#include <string>
#include <string_view>
#include <utility>

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

// A whole HTTP answer that closes the connection.
[[nodiscard]] std::string raw_answer(int status, std::string_view message);

}  // namespace defenderd
