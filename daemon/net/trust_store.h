#pragma once
// The certificates that servers are verified against: loaded once, shared by all connections.

#include <string>

#include "base/result.h"

using X509_STORE = struct x509_store_st;  // OpenSSL's

namespace defenderd {

// Where the certificates come from.
struct TrustSources {
  std::string ca_file = {};  // PEM; if set, nothing else is trusted
  // Otherwise as OpenSSL and its programs have it: SSL_CERT_FILE instead of the system's bundle,
  // and each file in the directories of SSL_CERT_DIR, separated by colons.
  std::string ssl_cert_file = {};
  std::string ssl_cert_dir = {};
};

// Constant after construction.
class TrustStore {
 public:
  // The Error names what to check.
  [[nodiscard]] static Result<TrustStore> load(const TrustSources& sources);

  // Trusts the first certificate of this PEM file and no other, whatever its names, and after its
  // expiry: for the daemon on this machine, which has the same file. The Error says what is wrong.
  [[nodiscard]] static Result<TrustStore> only(const std::string& certificate_file);

  // Trusts no certificate.
  [[nodiscard]] static TrustStore nobody();

  TrustStore(TrustStore&& other) noexcept;
  TrustStore& operator=(TrustStore&& other) noexcept;
  ~TrustStore();

  // Owned by this object; take a reference to use it longer.
  [[nodiscard]] X509_STORE* store() const { return store_; }
  // Whether it was made by only().
  [[nodiscard]] bool is_pinned() const { return pinned_; }

 private:
  explicit TrustStore(X509_STORE* store) : store_(store) {}
  // Adds the certificates of a PEM text; false if there is none.
  bool add(const std::string& pem);
  // The system's bundle; whether there is one. `unread` says which one cannot be read and why.
  bool add_system(std::string& unread);
  [[nodiscard]] Result<Done> add_file(const std::string& path, const char* setting);
  // Whether that found a certificate.
  [[nodiscard]] Result<bool> add_directory(const std::string& path);

  X509_STORE* store_;
  bool pinned_ = false;
};

}  // namespace defenderd
