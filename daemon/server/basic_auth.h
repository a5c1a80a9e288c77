#pragma once
// Users and passwords of the HTTP server: basic authentication (RFC 7617) against bcrypt hashes.
//
// A bcrypt hash takes long to verify, by design. So a password that was right is remembered, as a
// keyed digest in memory, and only what is not remembered must be verified.

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/secret.h"
#include "core/web_rules.h"

namespace defenderd {

struct Login {
  std::string name;
  Secret password;
};
// What an Authorization header says; nullopt if it is not of this scheme.
[[nodiscard]] std::optional<Login> parse_login(std::string_view authorization);

// Thread-safe.
class BasicAuth {
 public:
  explicit BasicAuth(std::vector<WebUser> users);

  // Whether it was right before: takes microseconds.
  [[nodiscard]] bool remembers(const Login& login) const;
  // Verifies it, which takes as long for a name that nobody has.
  [[nodiscard]] bool verify(const Login& login);

 private:
  using Digest = std::array<unsigned char, 32>;
  // nullopt if OpenSSL fails: the login is then not remembered.
  [[nodiscard]] std::optional<Digest> digest_of(const Login& login) const;

  const std::vector<WebUser> users_;
  // Of the digests. Random; nullopt if OpenSSL has no randomness, as a key that can be guessed
  // would reveal passwords to whoever reads this memory.
  const std::optional<Digest> key_;
  mutable Mutex mutex_;
  std::set<Digest> known_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
