#pragma once
// Self-signed certificates with their keys, made anew for each run.

#include <chrono>
#include <string>

#include "base/clock.h"

namespace defenderd {

struct KeyPair {
  std::string certificate;    // PEM
  std::string key;            // PEM, PKCS #8
  std::string encrypted_key;  // the same, opened by kKeyPassword
};
inline constexpr const char* kKeyPassword = "opens the key";

enum class KeyType { Rsa, EllipticCurve };

// Valid for a year around `now`, or until `not_after`: "16000101000000Z".
[[nodiscard]] KeyPair make_key_pair(WallTime now, KeyType type = KeyType::Rsa,
                                    const char* not_after = nullptr);

}  // namespace defenderd
