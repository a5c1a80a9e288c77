#include "identity/client_proof.h"

#include "base/scrub.h"

namespace defenderd {
namespace {

constexpr const char* kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

}  // namespace

ProofMaker client_secret_proof(SecretReader secret) {
  return [secret = std::move(secret)](const std::string& /*token_url*/) -> Result<ClientProof> {
    auto value = secret();
    if (!value) return Unexpected(value.error());
    remember_secret(*value);
    return ClientProof{{{"client_secret", *std::move(value)}}};
  };
}

ProofMaker federated_token_proof(SecretReader token) {
  return [token = std::move(token)](const std::string& /*token_url*/) -> Result<ClientProof> {
    auto value = token();
    if (!value) return Unexpected(value.error());
    return assertion_proof(*std::move(value));
  };
}

ClientProof assertion_proof(Secret assertion) {
  remember_secret(assertion);
  return {
      {{"client_assertion_type", Secret(kJwtBearer)}, {"client_assertion", std::move(assertion)}}};
}

}  // namespace defenderd
