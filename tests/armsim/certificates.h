#pragma once
// A throw-away certificate authority, made anew for every simulator.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace armsim {

struct ServerCertificate {
  std::string ca_pem;  // what a client has to trust; "" when the files were given
  std::string certificate_pem;
  std::string key_pem;
};

// What a certificate is to say. Times are in seconds from now.
struct CertificateRequest {
  std::string common_name;
  std::string alternatives;  // "DNS:localhost,IP:127.0.0.1"
  bool of_client = false;    // otherwise of a server
  long from = -3600;
  long until = 10L * 365 * 24 * 3600;
};

// Signs certificates with a key that nobody else has.
class CertificateAuthority {
 public:
  [[nodiscard]] static defenderd::Result<CertificateAuthority> make();
  [[nodiscard]] const std::string& pem() const { return pem_; }
  // The error says what OpenSSL refused.
  [[nodiscard]] defenderd::Result<ServerCertificate> issue(const CertificateRequest& request) const;

 private:
  struct Signer;
  std::shared_ptr<const Signer> signer_;
  std::string pem_;
};

// A CA and a certificate signed by it for localhost, 127.0.0.1, ::1 and `names` (host names or IP
// addresses), good from an hour ago for ten years. The error says what OpenSSL refused.
[[nodiscard]] defenderd::Result<ServerCertificate> make_server_certificate(
    const std::vector<std::string>& names);

// Reads both PEM files; that they belong together is seen when the server starts.
[[nodiscard]] defenderd::Result<ServerCertificate> read_server_certificate(
    const std::string& certificate_file, const std::string& key_file);

}  // namespace armsim
