#include "core/refusal.h"

#include "base/text.h"

namespace defenderd {
namespace {

bool is_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// The position of the name as a separate word; npos if there is none. Both in lower case.
std::size_t find_word(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_of_a_name(text[at - 1]);
    const bool ends = end == text.size() || !is_of_a_name(text[end]);
    if (begins && ends) return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool may_blame_an_extension(const Failure& failure) {
  const bool is_refusal = failure.reason == Reason::InvalidRequest ||
                          failure.reason == Reason::PlanNotOffered ||
                          failure.reason == Reason::PolicyDenied;
  return is_refusal && failure.http_status >= 400 && failure.http_status < 500;
}

bool may_blame_an_unnamed_extension(const Failure& failure) {
  return failure.reason == Reason::InvalidRequest &&
         (failure.http_status == 400 || failure.http_status == 422);
}

std::vector<std::string> changed_extensions(const Pricing& base, const Pricing& wanted) {
  std::vector<std::string> names;
  for (const Extension& extension : wanted.extensions) {
    const Extension* const before = base.find(extension.name);
    if (before == nullptr || before->enabled != extension.enabled) names.push_back(extension.name);
  }
  return names;
}

std::string blamed_extension(std::string_view words, const std::vector<std::string>& extensions) {
  const std::string text = to_lower(words);
  std::size_t first = std::string::npos;
  std::string result;
  for (const std::string& name : extensions) {
    const std::size_t at = find_word(text, to_lower(name));
    if (at >= first) continue;
    first = at;
    result = name;
  }
  return result;
}

std::string refusal_message(const Drift& drift, const Failure& failure) {
  const std::string field = drift.field.text();
  const std::string& name = drift.field.extension_name();
  const std::string wanted(on_off(drift.desired));
  std::string message =
      "Azure rejects switching the extension " + name + " " + wanted +
      " on this subscription. If its answer does not say what is missing, declare " + field + ": " +
      std::string(on_off(!drift.desired)) + " or remove " + field +
      " from the entry. Other fields are still written; this one is retried at long intervals. ARM "
      "answered PUT " +
      std::to_string(failure.http_status);
  if (!failure.arm_code.empty()) message += " " + failure.arm_code;
  if (!failure.arm_message.empty()) message += ": " + printable(failure.arm_message, 400);
  return message;
}

}  // namespace defenderd
