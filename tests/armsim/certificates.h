#pragma once
// A throw-away certificate authority, made anew for every simulator.

#include <string>
#include <vector>

#include "base/result.h"

namespace armsim {

struct ServerCertificate {
  std::string ca_pem;  // what a client has to trust; "" when the files were given
  std::string certificate_pem;
  std::string key_pem;
};

// A CA and a certificate signed by it for localhost, 127.0.0.1, ::1 and `names` (host names or IP
// addresses), good from an hour ago for ten years. The error says what OpenSSL refused.
[[nodiscard]] defenderd::Result<ServerCertificate> make_server_certificate(
    const std::vector<std::string>& names);

// Reads both PEM files; that they belong together is seen when the server starts.
[[nodiscard]] defenderd::Result<ServerCertificate> read_server_certificate(
    const std::string& certificate_file, const std::string& key_file);

}  // namespace armsim
