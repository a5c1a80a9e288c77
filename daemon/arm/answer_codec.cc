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

// Of the texts that a violation has, the one that people see in the portal.
std::string policy_name(const JsonValue& info) {
  for (const std::string_view member :
       {"policyAssignmentDisplayName", "policyDefinitionDisplayName", "policyAssignmentName",
        "policyDefinitionName"}) {
    std::string name = foreign_text(shown_text(info, member), 100);
    if (!name.empty()) return "'" + name + "'";
  }
  return {};
}

void add_policies(const JsonValue& error, CloudError& result) {
  constexpr std::size_t kFew = 3;
  std::size_t named = 0;
  for (const JsonValue& element : error.member("additionalInfo").items()) {
    if (!iequals(element.text_of("type"), "PolicyViolation")) continue;
    result.policy_violation = true;
    const JsonValue info = element.member("info");
    const std::string name = policy_name(info);
    const std::string assignment = foreign_text(shown_text(info, "policyAssignmentId"), 300);
    if ((name.empty() && assignment.empty()) || ++named > kFew) continue;
    result.policies += result.policies.empty() ? "" : ", ";
    result.policies += name + (name.empty() || assignment.empty() ? "" : " ") +
                       (assignment.empty() ? "" : "assigned by " + assignment);
  }
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
  CloudError result;
  result.code = shown_text(error, "code");
  result.message = shown_text(error, "message");
  result.details = details_of(error);
  add_policies(error, result);
  return result;
}

Result<std::string> decode_registration_state(std::string_view body, std::string_view id) {
  const auto document = JsonDocument::parse(body);
  if (!document) return std::string();
  std::string mismatch = AskedResource(std::string(id)).mismatch(document->root());
  if (!mismatch.empty()) return Unexpected(Error{std::move(mismatch)});
  return shown_text(document->root(), "registrationState");
}

}  // namespace defenderd
