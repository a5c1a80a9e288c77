#pragma once
// The login of a client by basic authentication (RFC 7617).

#include <string>

namespace defenderd {

// The value of an Authorization or Proxy-Authorization header. The name may have no colon.
[[nodiscard]] std::string basic_authorization(const std::string& user, const std::string& password);

}  // namespace defenderd
