#pragma once
// Text as URLs and HTTP write it.

#include <string>
#include <string_view>

namespace defenderd {

// "a%20b" is "a b" (RFC 3986 2.1). A "%" without two hexadecimal digits stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

// Whether it is a token: the name of a header, for example (RFC 9110 5.6.2).
[[nodiscard]] bool is_token(std::string_view text);

}  // namespace defenderd
