#include "arm/answer_codec.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "arm/http.h"
#include "arm/json_bounds.h"
#include "base/scrub.h"
#include "base/text.h"

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

bool speaks_of_policy(const json& error) {
  const auto info = error.find("additionalInfo");
  if (info == error.end() || !info->is_array()) return false;
  return std::any_of(info->begin(), info->end(), [](const json& element) {
    return element.is_object() && iequals(text_of(element, "type"), "PolicyViolation");
  });
}

// Some services say only there which part of the request they mean.
std::string details_of(const json& error) {
  constexpr std::size_t kFew = 3;
  std::string result;
  const auto details = error.find("details");
  if (details == error.end() || !details->is_array()) return result;
  for (std::size_t i = 0; i < std::min(details->size(), kFew); ++i) {
    const json& detail = (*details)[i];
    const std::string text = detail.is_object() ? text_of(detail, "message") : std::string();
    if (!text.empty() && text != text_of(error, "message"))
      result += (result.empty() ? "" : " ") + foreign_text(text, 300);
  }
  return result;
}

}  // namespace

CloudError decode_cloud_error(std::string_view body) {
  const json document = parse_object(body);
  const auto envelope = document.find("error");
  // Some gateways in front of ARM leave the envelope out.
  const json& error = envelope != document.end() && envelope->is_object() ? *envelope : document;
  return {text_of(error, "code"), text_of(error, "message"), speaks_of_policy(error),
          details_of(error)};
}

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

Result<std::string> decode_registration_state(std::string_view body, std::string_view id) {
  const json document = parse_object(body);
  const std::string shown = text_of(document, "id");
  if (!shown.empty() && !iequals(shown, id)) {
    return Unexpected(Error{"the answer is about '" + shown + "' instead of '" + std::string(id) +
                            "', which was asked for"});
  }
  return text_of(document, "registrationState");
}

}  // namespace defenderd
