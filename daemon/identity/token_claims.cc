#include "identity/token_claims.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/base64url.h"
#include "base/scrub.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxClaims = 64UL << 10U;

// The part between the dots of a JSON Web Token; "" if it is none.
std::string_view claims_of(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return {};
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  return token.substr(first + 1, second - first - 1);
}

// nullopt for an opaque token.
std::optional<std::string> claims_text(const Secret& token) {
  const std::string_view encoded = claims_of(token.reveal());
  if (encoded.empty() || encoded.size() > kMaxClaims) return std::nullopt;
  return from_base64url(encoded);
}

std::string guid_of(const JsonValue& claims, std::string_view name) {
  constexpr std::size_t kGuid = 36;
  return foreign_text(claims.text_of(name), kGuid);
}

}  // namespace

TokenOwner owner_of(const Secret& token) {
  const auto text = claims_text(token);
  if (!text) return {};
  const auto document = JsonDocument::parse(*text, {.bytes = kMaxClaims});
  if (!document) return {};
  const JsonValue claims = document->root();
  std::string app_id = guid_of(claims, "appid");
  if (app_id.empty()) app_id = guid_of(claims, "azp");
  return {guid_of(claims, "oid"), std::move(app_id)};
}

std::optional<WallTime> expiry_of(const Secret& token) {
  const auto text = claims_text(token);
  if (!text) return std::nullopt;
  const auto document = JsonDocument::parse(*text, {.bytes = kMaxClaims});
  if (!document) return std::nullopt;
  const auto seconds = document->root().member("exp").integer();
  // Beyond the year 2261 the clock ends.
  constexpr std::int64_t kLast = 9'000'000'000;
  if (!seconds || *seconds <= 0 || *seconds > kLast) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

}  // namespace defenderd
