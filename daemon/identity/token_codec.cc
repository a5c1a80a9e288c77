#include "identity/token_codec.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "net/foreign_answer.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr std::int64_t kTenYears = 10LL * 365 * 24 * 3600;
constexpr std::size_t kMostCodes = 5;  // Entra sends one or two

// A number, or text of digits, as the identity endpoints of machines send it.
std::optional<std::int64_t> number_of(const JsonValue& value) {
  const auto text = value.text();
  if (!text) return value.integer();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<WallTime> token_end(std::int64_t epoch_seconds) {
  constexpr std::int64_t kYear2200 = 7'258'118'400;
  if (epoch_seconds <= 0 || epoch_seconds > kYear2200) return std::nullopt;
  return WallTime(std::chrono::seconds(epoch_seconds));
}

Result<TokenAnswer> decode_token(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  const JsonValue root = document ? document->root() : JsonValue();
  const std::string_view token = root.text_of("access_token");
  if (token.empty()) return Unexpected(Error{"the answer contains no access_token"});
  const std::string type = shown_text(root, "token_type");
  if (!type.empty() && !iequals(type, "Bearer")) {
    return Unexpected(Error{"the answer contains a token of the type '" + foreign_text(type, 32) +
                            "' instead of 'Bearer' as requested"});
  }
  TokenAnswer answer;
  answer.resource = shown_text(root, "resource");
  answer.client_id = shown_text(root, "client_id");
  answer.token = Secret(std::string(token));
  if (const auto seconds = number_of(root.member("expires_in")); seconds && *seconds >= 0) {
    answer.expires_in = std::chrono::seconds(std::min(*seconds, kTenYears));
  }
  if (const auto epoch = number_of(root.member("expires_on")))
    answer.expires_on = token_end(*epoch);
  return answer;
}

std::string unreadable_token(const HttpResponse& response, const std::string& why) {
  std::string sign = foreign_sign(response);
  if (sign.empty() && trim(response.body).empty()) sign = "an empty body";
  if (sign.empty() && response.body.find("access_token") == std::string::npos)
    sign = "no token in it";
  return sign.empty() ? why : why + "; " + not_of_azure(sign);
}

EntraError decode_entra_error(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return {};
  const JsonValue root = document->root();
  EntraError error{shown_text(root, "error"),
                   shown_text(root, "error_description"),
                   {},
                   shown_text(root, "trace_id"),
                   shown_text(root, "correlation_id")};
  if (error.description.empty()) error.description = shown_text(root, "message");
  for (const JsonValue& code : root.member("error_codes").items()) {
    if (error.codes.size() == kMostCodes) break;
    const auto number = code.integer();
    if (number && std::in_range<int>(*number)) error.codes.push_back(static_cast<int>(*number));
  }
  return error;
}

}  // namespace defenderd
