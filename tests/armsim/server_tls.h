#pragma once
// OpenSSL's context of a server that shows one certificate.

#include <openssl/ssl.h>

#include <memory>

#include "armsim/certificates.h"
#include "base/freed_by.h"
#include "base/result.h"

namespace armsim {

using ServerTls = std::unique_ptr<SSL_CTX, defenderd::FreedBy<SSL_CTX_free>>;

[[nodiscard]] defenderd::Result<ServerTls> make_server_tls(const ServerCertificate& certificate);

}  // namespace armsim
