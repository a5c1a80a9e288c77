#include "armsim/certificates.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "base/freed_by.h"

namespace armsim {
namespace {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

using defenderd::FreedBy;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;

std::string bio_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

bool extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A certificate with everything but extensions and signature.
Certificate blank(EVP_PKEY* key, const CertificateRequest& request, const X509* issuer) {
  Certificate certificate(X509_new());
  if (!certificate) return nullptr;
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return nullptr;
  serial[0] = static_cast<unsigned char>((serial[0] & 0x3FU) | 0x40U);  // positive, full length
  const std::unique_ptr<BIGNUM, FreedBy<BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const bool good =
      number && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.from) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), request.until) != nullptr &&
      X509_NAME_add_entry_by_txt(
          name, "CN", MBSTRING_UTF8,
          reinterpret_cast<const unsigned char*>(request.common_name.c_str()), -1, -1, 0) == 1 &&
      X509_set_issuer_name(certificate.get(),
                           issuer == nullptr ? name : X509_get_subject_name(issuer)) == 1 &&
      X509_set_pubkey(certificate.get(), key) == 1;
  return good ? std::move(certificate) : nullptr;
}

std::string subject_alternatives(const std::vector<std::string>& names) {
  std::string result = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& name : names) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    const bool ip = inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
                    inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
    result += (ip ? ",IP:" : ",DNS:") + name;
  }
  return result;
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return bio_text(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return bio_text(bio.get());
}

Result<std::string> read_pem(const std::string& file) {
  std::ifstream stream(file);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.is_open() || text.empty()) return Unexpected(Error{"cannot read " + file});
  return text;
}

}  // namespace

struct CertificateAuthority::Signer {
  Key key;
  Certificate certificate;
};

Result<CertificateAuthority> CertificateAuthority::make() {
  const Error failure{"OpenSSL could not make a certificate authority"};
  Signer signer{Key(EVP_EC_gen("P-256")), nullptr};
  if (!signer.key) return Unexpected(failure);
  signer.certificate = blank(signer.key.get(), {"ARM simulator CA", ""}, nullptr);
  X509* const ca = signer.certificate.get();
  if (ca == nullptr || !extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !extend(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !extend(ca, ca, NID_subject_key_identifier, "hash") ||
      X509_sign(ca, signer.key.get(), EVP_sha256()) == 0) {
    return Unexpected(failure);
  }
  CertificateAuthority authority;
  authority.pem_ = pem_of(ca);
  authority.signer_ = std::make_shared<const Signer>(std::move(signer));
  return authority;
}

Result<ServerCertificate> CertificateAuthority::issue(const CertificateRequest& request) const {
  const Error failure{"OpenSSL could not make a certificate for " + request.alternatives};
  X509* const ca = signer_->certificate.get();
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return Unexpected(failure);
  // Strict verifiers (Python 3.13) want both key identifiers.
  const Certificate own = blank(key.get(), request, ca);
  if (!own || !extend(own.get(), ca, NID_basic_constraints, "critical,CA:FALSE") ||
      !extend(own.get(), ca, NID_key_usage, "critical,digitalSignature") ||
      !extend(own.get(), ca, NID_ext_key_usage, request.of_client ? "clientAuth" : "serverAuth") ||
      !extend(own.get(), ca, NID_subject_key_identifier, "hash") ||
      !extend(own.get(), ca, NID_authority_key_identifier, "keyid:always") ||
      !extend(own.get(), ca, NID_subject_alt_name, request.alternatives) ||
      X509_sign(own.get(), signer_->key.get(), EVP_sha256()) == 0) {
    return Unexpected(failure);
  }
  return ServerCertificate{pem_, pem_of(own.get()), pem_of(key.get())};
}

Result<ServerCertificate> make_server_certificate(const std::vector<std::string>& names) {
  const auto authority = CertificateAuthority::make();
  if (!authority) return Unexpected(authority.error());
  return authority->issue({"ARM simulator", subject_alternatives(names)});
}

Result<ServerCertificate> read_server_certificate(const std::string& certificate_file,
                                                  const std::string& key_file) {
  auto certificate = read_pem(certificate_file);
  if (!certificate) return Unexpected(certificate.error());
  auto key = read_pem(key_file);
  if (!key) return Unexpected(key.error());
  return ServerCertificate{"", *std::move(certificate), *std::move(key)};
}

}  // namespace armsim
