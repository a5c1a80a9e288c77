#pragma once
// When the credential in use expires, where it says so. A client secret and a managed
// identity do not: Entra only says that a secret has expired, after it has.

#include <functional>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace defenderd {

enum class CredentialKind { ClientCertificate, FederatedToken, AccessToken };
[[nodiscard]] constexpr std::string_view to_text(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::ClientCertificate:
      return "client_certificate";
    case CredentialKind::FederatedToken:
      return "federated_token";
    case CredentialKind::AccessToken:
      return "access_token";
  }
  return "access_token";
}

struct CredentialExpiry {
  CredentialKind kind = CredentialKind::AccessToken;
  WallTime expires = {};
  bool operator==(const CredentialExpiry&) const = default;
};

// Reads it from the credential's file; nullopt if it does not say. Empty: nothing is known of such
// a credential. Thread-safe.
using ExpiryReader = std::function<std::optional<CredentialExpiry>()>;

}  // namespace defenderd
