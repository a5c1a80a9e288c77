#pragma once
// Compression of answers where the client asks for it.

#include <string>
#include <string_view>

namespace defenderd {

// By an Accept-Encoding header: gzip is named (or *) and not refused by q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// In the gzip format, at the fastest level: metrics and rows repeat themselves so much that more
// effort buys little. "" on failure.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace defenderd
