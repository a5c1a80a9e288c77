#pragma once
// Client assertions: the JWT that a certificate's owner signs, as Entra checks it.

#include <optional>
#include <string>
#include <vector>

#include "armsim/core.h"

namespace armsim {

struct AssertionCheck {
  std::string client_id;                                   // must be iss and sub
  std::vector<std::string> audiences;                      // one of them must be aud
  const std::vector<std::string>* certificates = nullptr;  // PEM
  TimePoint now;
};

// nullopt = good. Otherwise Entra's error number and text, without "AADSTS".
struct AssertionError {
  int number = 700027;
  std::string message;
};
[[nodiscard]] std::optional<AssertionError> check_assertion(const std::string& jwt,
                                                            const AssertionCheck& check);

// The iss claim of something that looks like a JWT, "" otherwise.
[[nodiscard]] std::string assertion_issuer(const std::string& jwt);

}  // namespace armsim
