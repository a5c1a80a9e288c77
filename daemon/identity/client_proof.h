#pragma once
// How a client authenticates to Entra.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

// Form fields of a token request: client_secret, or client_assertion with its type.
struct ClientProof {
  std::vector<std::pair<std::string, Secret>> fields;
};

// Created for each request to this URL, because secrets and assertions change. Thread-safe. The
// Error says what to fix; it never contains a secret.
using ProofMaker = std::function<Result<ClientProof>(const std::string& token_url)>;

// Reads a secret each time. Thread-safe.
using SecretReader = std::function<Result<Secret>()>;

[[nodiscard]] ProofMaker client_secret_proof(SecretReader secret);

// A token of somebody whom Entra trusts, as it is: the service account token of a Kubernetes pod.
[[nodiscard]] ProofMaker federated_token_proof(SecretReader token);

// The fields for a signed assertion.
[[nodiscard]] ClientProof assertion_proof(Secret assertion);

}  // namespace defenderd
