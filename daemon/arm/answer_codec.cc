#include "arm/answer_codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_bounds.h"
#include "base/scrub.h"
#include "base/text.h"
#include "net/http.h"

namespace defenderd {
namespace {

using nlohmann::json;

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
