#pragma once
// Private keys in PEM.

#include <memory>

#include "base/secret.h"

using EVP_PKEY = struct evp_pkey_st;  // OpenSSL's

namespace defenderd {

// OpenSSL's callback for the password of an encrypted block, where none is expected: without it
// OpenSSL would prompt on the terminal, and wait.
int no_password(char* buffer, int size, int writing, void* unused);

struct FreePrivateKey {
  void operator()(EVP_PKEY* key) const;
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreePrivateKey>;

struct KeyRead {
  PrivateKey key = {};        // nullptr: the text has none, or its password is another
  bool is_encrypted = false;  // a password was asked for
};

// The first key of a PEM text. `password` decrypts it if it is encrypted; "" is none.
[[nodiscard]] KeyRead read_private_key(const Secret& pem, const Secret& password = {});

}  // namespace defenderd
