#pragma once
// ARM's demand for a token with further claims: a Conditional Access policy or continuous access
// evaluation refuses one that is otherwise valid.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge

#include <optional>
#include <string>

#include "net/http.h"

namespace defenderd {

struct ClaimsChallenge {
  // The names of the claims that the token must have, for people: "nbf, acrs". "" if the challenge
  // does not say.
  std::string claims = {};
  bool operator==(const ClaimsChallenge&) const = default;
};

// Of an answer 401: the challenge may be one of several, in one header or in several, with its
// parameters in any order. nullopt if there is none.
[[nodiscard]] std::optional<ClaimsChallenge> claims_challenge(const HttpResponse& response);

}  // namespace defenderd
