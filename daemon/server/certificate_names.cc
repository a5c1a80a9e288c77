#include "server/certificate_names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/freed_by.h"
#include "base/text.h"

namespace defenderd {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;

std::string_view text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

bool is_address(std::string_view bytes, const std::string& name) {
  constexpr std::size_t kIpv4 = 4;
  constexpr std::size_t kIpv6 = 16;
  if (bytes.size() != kIpv4 && bytes.size() != kIpv6) return false;
  std::array<unsigned char, kIpv6> address{};
  const int family = bytes.size() == kIpv4 ? AF_INET : AF_INET6;
  return inet_pton(family, name.c_str(), address.data()) == 1 &&
         std::equal(bytes.begin(), bytes.end(), address.begin(),
                    [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
}

bool is_named(const GENERAL_NAME* san, const std::string& name) {
  int type = 0;
  const void* const value = GENERAL_NAME_get0_value(san, &type);
  if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI && type != GEN_IPADD) return false;
  const std::string_view text = text_of(static_cast<const ASN1_STRING*>(value));
  if (type == GEN_IPADD) return is_address(text, name);
  return type == GEN_URI ? text == name : iequals(text, name);
}

}  // namespace

bool has_name(const X509* certificate, const std::vector<std::string>& names) {
  const Names sans(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; sans && i < sk_GENERAL_NAME_num(sans.get()); ++i) {
    const GENERAL_NAME* const san = sk_GENERAL_NAME_value(sans.get(), i);
    if (std::any_of(names.begin(), names.end(),
                    [&](const std::string& name) { return is_named(san, name); }))
      return true;
  }
  return false;
}

}  // namespace defenderd
