#include "arm/answer_codec.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "arm/asked_resource.h"
#include "base/scrub.h"
#include "base/text.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

bool names_policy_violation(const JsonValue& error) {
  const auto info = error.member("additionalInfo").items();
  return std::any_of(info.begin(), info.end(), [](const JsonValue& element) {
    return iequals(element.text_of("type"), "PolicyViolation");
  });
}

// Some services name the part of the request that they mean only in the details.
std::string details_of(const JsonValue& error) {
  constexpr std::size_t kFew = 3;
  std::string result;
  const auto details = error.member("details").items();
  for (std::size_t i = 0; i < std::min(details.size(), kFew); ++i) {
    const std::string text = shown_text(details[i], "message");
    if (!text.empty() && text != shown_text(error, "message"))
      result += (result.empty() ? "" : " ") + foreign_text(text, 300);
  }
  return result;
}

}  // namespace

CloudError decode_cloud_error(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return {};
  const JsonValue answer = document->root();
  const JsonValue envelope = answer.member("error");
  // Some gateways in front of ARM omit the envelope.
  const JsonValue& error = envelope.is_object() ? envelope : answer;
  return {shown_text(error, "code"), shown_text(error, "message"), names_policy_violation(error),
          details_of(error)};
}

Result<std::string> decode_registration_state(std::string_view body, std::string_view id) {
  const auto document = JsonDocument::parse(body);
  if (!document) return std::string();
  std::string mismatch = AskedResource(std::string(id)).mismatch(document->root());
  if (!mismatch.empty()) return Unexpected(Error{std::move(mismatch)});
  return shown_text(document->root(), "registrationState");
}

}  // namespace defenderd
