#pragma once
// The certificates that servers are verified against: loaded once, shared by all connections.

#include <string>

#include "base/result.h"

using X509_STORE = struct x509_store_st;  // OpenSSL's

namespace defenderd {

// Constant after construction.
class TrustStore {
 public:
  // A PEM file, or "" for the system's bundle.
  [[nodiscard]] static Result<TrustStore> load(const std::string& ca_file);

  // Trusts no certificate.
  [[nodiscard]] static TrustStore nobody();

  TrustStore(TrustStore&& other) noexcept;
  TrustStore& operator=(TrustStore&& other) noexcept;
  ~TrustStore();

  // Owned by this object; take a reference to use it longer.
  [[nodiscard]] X509_STORE* store() const { return store_; }

 private:
  explicit TrustStore(X509_STORE* store) : store_(store) {}
  X509_STORE* store_;
};

}  // namespace defenderd
