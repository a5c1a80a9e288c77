#include "arm/claims_challenge.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64url.h"
#include "base/list_text.h"
#include "base/scrub.h"
#include "base/text.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxClaims = 16UL << 10U;
constexpr std::size_t kLongestNames = 200;

struct Parameters {
  std::string error = {};
  std::string claims = {};
};

// The value of a parameter, quoted or not, at `at`, which then is behind it.
std::string take_value(std::string_view text, std::size_t& at) {
  std::string value;
  if (text[at] != '"') {
    const std::size_t end = std::min(text.find_first_of(", \t", at), text.size());
    value = text.substr(at, end - at);
    at = end;
    return value;
  }
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at];
  }
  at = std::min(at + 1, text.size());
  return value;
}

// Of each challenge of a header. Challenges and parameters are both separated by commas, and a word
// that is not followed by "=" starts a challenge.
std::vector<Parameters> challenges_of(std::string_view text) {
  std::vector<Parameters> challenges(1);
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t,", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of("=, \t", at), text.size());
    const std::string_view name = text.substr(at, end - at);
    const std::size_t equals = text.find_first_not_of(" \t", end);
    if (equals == std::string_view::npos || text[equals] != '=') {
      challenges.emplace_back();
      at = end;
      continue;
    }
    at = text.find_first_not_of(" \t", equals + 1);
    if (at == std::string_view::npos) break;
    std::string value = take_value(text, at);
    if (iequals(name, "error")) {
      challenges.back().error = std::move(value);
    } else if (iequals(name, "claims")) {
      challenges.back().claims = std::move(value);
    }
  }
  return challenges;
}

// "nbf, acrs" of {"access_token":{"nbf":{...},"acrs":{...}}}.
std::string names_of(const std::string& encoded) {
  if (encoded.size() > kMaxClaims) return {};
  const auto text = from_base64url(encoded);
  if (!text) return {};
  const auto document = JsonDocument::parse(*text, {.bytes = kMaxClaims});
  if (!document) return {};
  const auto claims = document->root().member("access_token").members();
  return foreign_text(joined(claims, &JsonMember::name), kLongestNames);
}

}  // namespace

std::optional<ClaimsChallenge> claims_challenge(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (!iequals(name, "WWW-Authenticate")) continue;
    for (const Parameters& challenge : challenges_of(value)) {
      if (iequals(challenge.error, "insufficient_claims"))
        return ClaimsChallenge{names_of(challenge.claims)};
    }
  }
  return std::nullopt;
}

}  // namespace defenderd
