#include "arm/asked_resource.h"

#include <cstddef>

#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxShown = 200;
constexpr std::string_view kNoText = "no text";
constexpr std::string_view kMismatch = "the answer is not about the requested resource: ";

bool is_below(std::string_view id, std::string_view path) {
  return id.size() > path.size() + 1 && id[path.size()] == '/' &&
         iequals(id.substr(0, path.size()), path);
}

}  // namespace

AskedResource::AskedResource(std::string id, std::string name, std::string type)
    : expected_{{{"id", std::move(id)}, {"name", std::move(name)}, {"type", std::move(type)}}} {}

std::string AskedResource::mismatch(std::string_view member, const JsonValue& value,
                                    std::string_view written) const {
  if (value.is_null()) return {};
  const auto text = value.text();
  for (const auto& [name, wanted] : expected_) {
    if (wanted.empty() || !iequals(member, name) || iequals(text.value_or(""), wanted)) continue;
    return std::string(kMismatch) + "its " + std::string(name) + " is '" +
           foreign_text(text.value_or(written), kMaxShown) + "' instead of '" + wanted + "'";
  }
  return {};
}

std::string AskedResource::mismatch(const JsonValue& answer) const {
  for (const JsonMember& member : answer.members()) {
    std::string found = mismatch(member.name, member.value, kNoText);
    if (!found.empty()) return found;
  }
  return {};
}

std::string not_below(const JsonValue& item, std::string_view path) {
  for (const JsonMember& member : item.members()) {
    if (!iequals(member.name, "id") || member.value.is_null()) continue;
    const auto id = member.value.text();
    if (id && is_below(*id, path)) continue;
    return std::string(kMismatch) + "the id of an item is '" +
           foreign_text(id.value_or(kNoText), kMaxShown) + "', which is not below '" +
           std::string(path) + "'";
  }
  return {};
}

}  // namespace defenderd
