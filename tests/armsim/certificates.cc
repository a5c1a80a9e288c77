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

constexpr long kHour = 3600;
constexpr long kTenYears = 10L * 365 * 24 * kHour;

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
Certificate blank(EVP_PKEY* key, const char* common_name, const X509* issuer) {
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
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kTenYears) != nullptr &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name), -1, -1,
                                 0) == 1 &&
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

Result<ServerCertificate> make_server_certificate(const std::vector<std::string>& names) {
  const Error failure{"OpenSSL could not make a certificate for " + subject_alternatives(names)};
  const Key ca_key(EVP_EC_gen("P-256"));
  const Key key(EVP_EC_gen("P-256"));
  if (!ca_key || !key) return Unexpected(failure);

  const Certificate ca = blank(ca_key.get(), "ARM simulator CA", nullptr);
  if (!ca || !extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash") ||
      X509_sign(ca.get(), ca_key.get(), EVP_sha256()) == 0) {
    return Unexpected(failure);
  }
  // Strict verifiers (Python 3.13) want both key identifiers.
  const Certificate server = blank(key.get(), "ARM simulator", ca.get());
  if (!server || !extend(server.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !extend(server.get(), ca.get(), NID_key_usage, "critical,digitalSignature") ||
      !extend(server.get(), ca.get(), NID_ext_key_usage, "serverAuth") ||
      !extend(server.get(), ca.get(), NID_subject_key_identifier, "hash") ||
      !extend(server.get(), ca.get(), NID_authority_key_identifier, "keyid:always") ||
      !extend(server.get(), ca.get(), NID_subject_alt_name, subject_alternatives(names)) ||
      X509_sign(server.get(), ca_key.get(), EVP_sha256()) == 0) {
    return Unexpected(failure);
  }
  return ServerCertificate{pem_of(ca.get()), pem_of(server.get()), pem_of(key.get())};
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
