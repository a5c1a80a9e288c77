#pragma once
// Who may call the HTTP server: TLS, client certificates and users, as a web configuration declares
// them.

#include <string>
#include <vector>

#include "base/secret.h"

namespace defenderd {

enum class TlsVersion { Tls12, Tls13 };

// Whether a client has to show a certificate. One that is shown must be valid.
enum class ClientAuth { NotAsked, Optional, Required };

struct TlsRules {
  TlsVersion min = TlsVersion::Tls12;
  TlsVersion max = TlsVersion::Tls13;
  ClientAuth client = ClientAuth::NotAsked;
  // A client's certificate must have one of these as a subject alternative name: a DNS name, an
  // e-mail address, an IP address or a URI. Empty: any.
  std::vector<std::string> allowed_sans = {};
  bool operator==(const TlsRules&) const = default;
};

struct WebUser {
  std::string name;
  Secret hash;  // bcrypt
};

}  // namespace defenderd
