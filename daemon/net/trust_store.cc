#include "net/trust_store.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/read_file.h"
#include "base/scrub.h"
#include "base/slow_call.h"
#include "net/private_key.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxBundle = 16UL << 20U;  // Debian's has 220 KB

// The content of each regular file of a directory; links to files count. On a helper thread.
Result<std::vector<std::string>> read_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entries(path, error);
  if (error) return Unexpected(Error{error.message()});
  std::vector<std::string> result;
  std::size_t bytes = 0;
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (error) return Unexpected(Error{error.message()});
    auto file = read_file_here(entries->path(), kMaxBundle - bytes);
    if (!file) continue;  // a README, a folder, a link to nothing
    bytes += file->size();
    result.push_back(*std::move(file));
  }
  return result;
}

}  // namespace

TrustStore::TrustStore(TrustStore&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), pinned_(other.pinned_) {}

TrustStore& TrustStore::operator=(TrustStore&& other) noexcept {
  std::swap(store_, other.store_);
  std::swap(pinned_, other.pinned_);
  return *this;
}

TrustStore::~TrustStore() { X509_STORE_free(store_); }

bool TrustStore::add(const std::string& pem) {
  BIO* const file = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  if (file == nullptr) return false;
  bool has_one = false;
  while (X509* const certificate = PEM_read_bio_X509_AUX(file, nullptr, no_password, nullptr)) {
    has_one = true;
    X509_STORE_add_cert(store_, certificate);
    X509_free(certificate);
  }
  BIO_free(file);
  ERR_clear_error();  // the end of the file counts as one
  return has_one;
}

bool TrustStore::add_system(std::string& unread) {
  // OpenSSL's own default, then Debian's bundle.
  for (const char* const path :
       {X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt"}) {
    const auto pem = read_file(path, kMaxBundle);
    if (pem && add(*pem)) return true;
    if (!pem && pem.error().message != kNoSuchFile)
      unread = std::string(path) + ": " + pem.error().message;
  }
  return false;
}

Result<Done> TrustStore::add_file(const std::string& path, const char* setting) {
  const auto pem = read_file(path, kMaxBundle);
  if (!pem) {
    return Unexpected(Error{"cannot read the CA file " + shown_path(path) + ": " +
                            pem.error().message + "; check " + setting});
  }
  if (add(*pem)) return Done{};
  return Unexpected(Error{shown_path(path) +
                          " contains no PEM certificate; expected a CA file with "
                          "-----BEGIN CERTIFICATE----- blocks; check " +
                          setting});
}

Result<bool> TrustStore::add_directory(const std::string& path) {
  const auto pems = within(kFileDeadline, path, [path] { return read_directory(path); });
  if (!pems) {
    return Unexpected(Error{"cannot read the directory " + shown_path(path) + ": " +
                            pems.error().message + "; check SSL_CERT_DIR"});
  }
  bool has_one = false;
  for (const std::string& pem : *pems) has_one = add(pem) || has_one;
  return has_one;
}

Result<TrustStore> TrustStore::load(const TrustSources& sources) {
  TrustStore trust(X509_STORE_new());
  X509_STORE_set_flags(trust.store_, X509_V_FLAG_TRUSTED_FIRST);
  if (!sources.ca_file.empty()) {
    auto added = trust.add_file(sources.ca_file, "azure.endpoints.caFile");
    if (!added) return Unexpected(std::move(added.error()));
    return trust;
  }
  bool has_one = false;
  std::string unread;
  if (sources.ssl_cert_file.empty()) {
    has_one = trust.add_system(unread);
  } else {
    auto added = trust.add_file(sources.ssl_cert_file, "SSL_CERT_FILE");
    if (!added) return Unexpected(std::move(added.error()));
    has_one = true;
  }
  std::string_view rest = sources.ssl_cert_dir;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) {
      auto added = trust.add_directory(std::string(rest.substr(0, colon)));
      if (!added) return Unexpected(std::move(added.error()));
      has_one = has_one || *added;
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  if (has_one) return trust;
  if (!unread.empty())
    return Unexpected(Error{"cannot read this machine's CA certificates " + unread});
  return Unexpected(
      Error{"this machine has no CA certificates, so no server can be verified; install "
            "ca-certificates, or set azure.endpoints.caFile"});
}

Result<TrustStore> TrustStore::only(const std::string& certificate_file) {
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  auto pem = read_file(certificate_file, kMaxBundle);
  if (!pem) {
    return Unexpected(Error{"cannot read the certificate " + shown_path(certificate_file) + ": " +
                            pem.error().message});
  }
  // The others are those of authorities, which have signed more than this one.
  pem->resize(std::min(pem->size(), pem->find(kEnd) + kEnd.size()));
  TrustStore trust(X509_STORE_new());
  trust.pinned_ = true;
  X509_STORE_set_flags(trust.store_, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  if (trust.add(*pem)) return trust;
  return Unexpected(Error{shown_path(certificate_file) + " contains no PEM certificate"});
}

TrustStore TrustStore::nobody() { return TrustStore(X509_STORE_new()); }

}  // namespace defenderd
