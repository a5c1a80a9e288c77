#include "identity/token_codec.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_bounds.h"
#include "base/scrub.h"
#include "base/text.h"
#include "net/http.h"

namespace defenderd {
namespace {

using nlohmann::json;

constexpr std::int64_t kTenYears = 10LL * 365 * 24 * 3600;

// As a tree a text takes many times its size. None of these answers has a tenth of this.
constexpr std::size_t kMaxObject = 1UL << 20U;

// An object, empty when the text is none.
json parse_object(std::string_view text) {
  if (text.size() > kMaxObject || !is_shallow_json(text)) return json::object();
  json document = json::parse(text, nullptr, false);
  return document.is_object() ? document : json::object();
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string()
             ? foreign_text(found->get_ref<const std::string&>(), 1024)
             : std::string();
}

// A number, or text of digits as the identity endpoints of machines send it.
std::optional<std::int64_t> number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (!found->is_string()) return std::nullopt;
  const auto text = found->get<std::string>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<WallTime> token_end(std::int64_t epoch_seconds) {
  constexpr std::int64_t kYear2200 = 7'258'118'400;
  if (epoch_seconds <= 0 || epoch_seconds > kYear2200) return std::nullopt;
  return WallTime(std::chrono::seconds(epoch_seconds));
}

Result<TokenAnswer> decode_token(std::string_view body) {
  const json document = parse_object(body);
  const auto token = document.find("access_token");
  if (token == document.end() || !token->is_string() ||
      token->get_ref<const std::string&>().empty()) {
    return Unexpected(Error{"the answer holds no access_token"});
  }
  const std::string type = text_of(document, "token_type");
  if (!type.empty() && !iequals(type, "Bearer")) {
    return Unexpected(Error{"the answer holds a token of the type '" + foreign_text(type, 32) +
                            "' instead of 'Bearer', which was asked for"});
  }
  TokenAnswer answer;
  answer.resource = text_of(document, "resource");
  answer.client_id = text_of(document, "client_id");
  answer.token = Secret(token->get<std::string>());
  if (const auto seconds = number_of(document, "expires_in"); seconds && *seconds >= 0) {
    answer.expires_in = std::chrono::seconds(std::min(*seconds, kTenYears));
  }
  if (const auto epoch = number_of(document, "expires_on")) answer.expires_on = token_end(*epoch);
  return answer;
}

EntraError decode_entra_error(std::string_view body) {
  const json document = parse_object(body);
  EntraError error{text_of(document, "error"),
                   text_of(document, "error_description"),
                   {},
                   text_of(document, "trace_id"),
                   text_of(document, "correlation_id")};
  const auto codes = document.find("error_codes");
  if (codes != document.end() && codes->is_array()) {
    for (const json& code : *codes) {
      if (code.is_number_integer()) error.codes.push_back(code.get<int>());
    }
  }
  return error;
}

}  // namespace defenderd
