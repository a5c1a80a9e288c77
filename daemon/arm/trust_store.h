#pragma once
// The certificates that servers are verified against: read once, shared by all connections.

#include <memory>
#include <string>

#include "base/result.h"

using X509_STORE = struct x509_store_st;  // OpenSSL's

namespace defenderd {

// Constant after construction.
class TrustStore {
 public:
  // A PEM file, or "" for the system's bundle.
  [[nodiscard]] static Result<TrustStore> load(const std::string& ca_file);

  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  // A new store over the shared certificates; the caller owns it. A store of its own for each
  // connection, because the HTTP library changes the store that it is given.
  [[nodiscard]] X509_STORE* make_store() const;

 private:
  struct Certificates;
  explicit TrustStore(std::unique_ptr<Certificates> certificates);
  std::unique_ptr<Certificates> certificates_;
};

}  // namespace defenderd
