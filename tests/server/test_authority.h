#pragma once
// Certificates for tests of the HTTP server.

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "armsim/certificates.h"
#include "server/server_tls.h"

namespace defenderd {

class TestAuthority {
 public:
  TestAuthority() : authority_(must(armsim::CertificateAuthority::make())) {}

  [[nodiscard]] const std::string& pem() const { return authority_.pem(); }
  [[nodiscard]] armsim::ServerCertificate server() const {
    return must(authority_.issue({"server", "DNS:localhost,IP:127.0.0.1"}));
  }
  // Ends `until` seconds from now.
  [[nodiscard]] armsim::ServerCertificate client(const std::string& alternatives,
                                                 long until = 3600) const {
    return must(authority_.issue({"client", alternatives, true, -7200, until}));
  }
  [[nodiscard]] std::shared_ptr<const ServerTls> server_tls(const TlsRules& rules = {},
                                                            bool let_in = false) const {
    const armsim::ServerCertificate own = server();
    return must(ServerTls::create(
        {own.certificate_pem, Secret(own.key_pem), authority_.pem(), rules, let_in}));
  }

 private:
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return *std::move(result);
  }
  armsim::CertificateAuthority authority_;
};

}  // namespace defenderd
