#pragma once
// The certificate that commands show to a daemon that asks its clients for one.

#include <string>

#include "base/result.h"

using SSL_CTX = struct ssl_ctx_st;  // OpenSSL's

namespace defenderd {

// Paths of PEM files; both are "" if there is none.
struct OwnCertificate {
  std::string certificate_file = {};  // the client's, then those between it and the root
  std::string key_file = {};          // without a password
};

// Reads both files. The Error names the file and what to check, never what the key's file contains.
[[nodiscard]] Result<Done> show_certificate(SSL_CTX* context, const OwnCertificate& own);

}  // namespace defenderd
