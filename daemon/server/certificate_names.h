#pragma once
// The names that a certificate was issued for.

#include <string>
#include <vector>

using X509 = struct x509_st;  // OpenSSL's

namespace defenderd {

// Whether one of its subject alternative names is in `names`: DNS names and e-mail addresses
// without regard to case, IP addresses and URIs as they are written.
[[nodiscard]] bool has_name(const X509* certificate, const std::vector<std::string>& names);

}  // namespace defenderd
