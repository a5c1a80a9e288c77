#pragma once
// A client certificate and its key, and the assertions that they sign.
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/client_proof.h"

namespace defenderd {

// Thread-safe once parsed.
class ClientCertificate {
 public:
  // PEM with a private RSA key and its certificate, in any order; others, as those of a chain, may
  // stand beside it. `password` opens an encrypted key; "" where it is not. The Error says what is
  // missing, never what is there.
  [[nodiscard]] static Result<ClientCertificate> parse(const Secret& pem, const Secret& password);
  ClientCertificate(ClientCertificate&&) noexcept;
  ClientCertificate& operator=(ClientCertificate&&) noexcept;
  ~ClientCertificate();

  // A JWT signed by RS256 that lets the client ask `audience` for tokens during the next ten
  // minutes. An Error when the certificate is not valid at `now`.
  [[nodiscard]] Result<Secret> assertion(const std::string& audience, const std::string& client_id,
                                         WallTime now) const;

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

// Reads the file for each request, so that a renewed certificate is taken as soon as it is there.
[[nodiscard]] ProofMaker client_certificate_proof(CertificateFile file, std::string client_id,
                                                  const Clock& clock);

}  // namespace defenderd
