#pragma once
// A client certificate and its key, and the assertions that they sign.
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/client_proof.h"
#include "identity/credential_expiry.h"

namespace defenderd {

// Thread-safe once parsed.
class ClientCertificate {
 public:
  // PEM with a private RSA key and its certificate, in any order; other certificates, such as a
  // chain, are allowed. `password` decrypts an encrypted key; otherwise it is "". The Error says
  // what is missing, never what the file contains.
  [[nodiscard]] static Result<ClientCertificate> parse(const Secret& pem, const Secret& password);
  ClientCertificate(ClientCertificate&&) noexcept;
  ClientCertificate& operator=(ClientCertificate&&) noexcept;
  ~ClientCertificate();

  // A JWT signed with RS256 that allows the client to request tokens from `audience` for the next
  // ten minutes. An Error if the certificate is not valid at `now`.
  [[nodiscard]] Result<Secret> assertion(const std::string& audience, const std::string& client_id,
                                         WallTime now) const;
  // nullopt if its end is not readable.
  [[nodiscard]] std::optional<WallTime> expires() const;

 private:
  struct Parts;
  explicit ClientCertificate(std::unique_ptr<const Parts> parts);
  std::unique_ptr<const Parts> parts_;
};

struct CertificateFile {
  std::string path;
  Secret password = {};
};
[[nodiscard]] Result<ClientCertificate> load_certificate(const CertificateFile& file);

// Reads the file for each request, so a renewed certificate is used immediately.
[[nodiscard]] ProofMaker client_certificate_proof(CertificateFile file, std::string client_id,
                                                  const Clock& clock);
[[nodiscard]] ExpiryReader client_certificate_expiry(CertificateFile file);

}  // namespace defenderd
